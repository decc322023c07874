/**
 * The same small app three ways, twice: as its framework's first page shows it, with the handler for SIGTERM that
 * most people write, and with the one line. All of them are real programs, real requests and real signals; every
 * figure is measured in this run. Needs nothing but the loopback interface.
 */
import { CONNECTIONS, GRACE_MS, stopInCluster, stopUnderLoad } from "./drills.ts";
import { askQuestions } from "./questions.ts";
import { printTable, type Rows } from "./table.ts";

const FRAMEWORKS = [
	{ title: "Express", key: "express", closing: "bare + server.close()", line: "+ productionReady()" },
	{ title: "Fastify", key: "fastify", closing: "bare + app.close()", line: "createApp()" },
];

const WATCHDOG_MS = 150_000;
setTimeout(() => {
	console.error("The demo takes too long on this machine; it gives up.");
	process.exit(1);
}, WATCHDOG_MS).unref();

const startedAtMs = performance.now();

for (const { title, key, closing, line } of FRAMEWORKS) {
	const columns = [
		["bare", `${key}-bare`],
		[closing, `${key}-close`],
		[line, `${key}-ready`],
	] as const;
	const inAll = async (measure: (program: string) => Promise<Rows>): Promise<Rows[]> =>
		Promise.all(columns.map(([, program]) => measure(program)));

	tell(`${title}: asks three programs the same questions`);
	const answers = await inAll(askQuestions);
	tell(`${title}: sends them SIGTERM under load, alone and in a cluster; one of them takes its time`);
	const [alone, inCluster] = await Promise.all([inAll(stopUnderLoad), inAll(stopInCluster)]);
	printTable(
		title,
		columns.map(([name], index) => [name, [...answers[index]!, ...alone[index]!, ...inCluster[index]!]]),
	);
}

console.log(`lost: cut while it was served, refused, or answered with an error.
alone: ${CONNECTIONS} clients with keep-alive connections, SIGKILL after ${GRACE_MS / 1_000} s, as \`docker stop\` does it.
in a cluster: KUBERNETES_SERVICE_HOST is set, and requests come until everybody has heard of the signal; for that
productionReady() goes on listening for 5 s.

The programs are in examples/demo/programs. All figures are of this run, which took ${elapsedSeconds().toFixed(0)} s.`);

function tell(what: string): void {
	console.log(`[${elapsedSeconds().toFixed(1).padStart(5)} s] ${what}`);
}

function elapsedSeconds(): number {
	return (performance.now() - startedAtMs) / 1_000;
}
