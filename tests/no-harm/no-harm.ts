/**
 * Runs the frameworks' own tests bare and with us and writes `docs/no-harm.md`: `pnpm no-harm`. With `--check` it writes
 * nothing, and fails where the lists have changed. A test without a known reason fails it either way.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../run-to-end.ts";
import { explain, failedWithUs, lastingly, OPTIONS, type Run, stillFailing } from "./compare.ts";
import { listedTests, noHarmPage, type Outcome } from "./document.ts";
import { type Fetched, fetchSuite } from "./fetch-suite.ts";
import { reasonOf } from "./reasons.ts";
import { runFiles } from "./run-suite.ts";
import { type Origin, SUITES, type Suite } from "./suites.ts";

const PAGE = join(ROOT, "docs/no-harm.md");

const { values } = parseArgs({
	options: {
		check: { type: "boolean", default: false },
		express: { type: "string" },
		suite: { type: "string" },
	},
});
const chosen = SUITES.filter(({ name }) => values.suite === undefined || name === values.suite);
if (chosen.length === 0) throw new Error(`there are the suites ${SUITES.map(({ name }) => name).join(", ")}`);

const outcomes: Outcome[] = [];
for (const suite of chosen) {
	const fetched = fetchOrSay(suite);
	if (fetched !== undefined) outcomes.push(await compareSuite(suite, fetched));
}
const faults = [...unexplained(), ...comparePages()];
for (const fault of faults) console.log(`\n${fault}`);
process.exitCode = faults.length === 0 && outcomes.length === chosen.length ? 0 : 1;

function fetchOrSay(suite: Suite): Fetched | undefined {
	console.log(`\n=== ${suite.name}`);
	try {
		return fetchSuite(suite, originOf(suite));
	} catch (error) {
		console.log(`its tests cannot be had, so it is left out: ${(error as Error).message}`);
		if (suite.origin !== undefined)
			console.log("--express <folder or URL of a clone> takes them from elsewhere");
		return undefined;
	}
}

function originOf({ origin }: Suite): Origin | undefined {
	const { express } = values;
	if (origin === undefined || express === undefined) return origin;
	return { ...origin, repository: existsSync(express) ? resolve(express) : express };
}

async function compareSuite(suite: Suite, { folder, version, tests }: Fetched): Promise<Outcome> {
	const run: Run = (files, options) => runFiles(suite, folder, files, options);
	const files = globSync(suite.files, { cwd: folder }).sort();
	console.log(`${suite.package} ${version}, tests from ${tests}, ${files.length} files`);
	console.log("bare");
	const bare = await run(files);
	console.log("with us");
	const ours = await run(files, OPTIONS);
	const failed = failedWithUs(bare, ours);
	console.log(`${failed.length} tests pass bare and not with us; both once more`);
	const lasting = await lastingly(failed, bare, run);
	if (lasting.length < failed.length) console.log(`${failed.length - lasting.length} of them pass now`);
	const differences = await explain(lasting, bare, ours, run);
	console.log("without errors");
	const left = await stillFailing(lasting, bare, { ...OPTIONS, errors: false }, run);
	return { suite, version, tests, bare, ours, differences, leftWithoutErrors: left.length };
}

function unexplained(): readonly string[] {
	return outcomes.flatMap(({ suite, differences }) =>
		differences
			.filter((difference) => reasonOf(difference) === undefined)
			.map(
				({ name, causes, said }) =>
					`no reason is known: ${suite.name}: ${name} (${causes.join(", ")})\n${said.slice(0, 400)}`,
			),
	);
}

/** Holds the lists against those that are published, or publishes them. A page that knows a part only is not written. */
function comparePages(): readonly string[] {
	const page = noHarmPage(outcomes, new Date().toISOString().slice(0, 10));
	const now = listedTests(page);
	const isOfThese = (line: string): boolean =>
		outcomes.some(({ suite }) => line.startsWith(`${suite.name}: `));
	const before = new Set(
		[...listedTests(existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "")].filter(isOfThese),
	);
	const changes = [
		...[...now].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
		...[...before].filter((line) => !now.has(line)).map((line) => `- ${line}`),
	];
	if (values.check) return changes.map((line) => `not as published: ${line}`);
	for (const line of changes) console.log(line);
	if (outcomes.length < SUITES.length) {
		console.log("not all suites were run: the page is not written");
		return [];
	}
	writeFileSync(PAGE, page);
	console.log("docs/no-harm.md is written");
	return [];
}
