import { readFileSync } from "node:fs";

/** Runs other programs and keeps their stop signals: a shell ignores them as the first process, npm ends before its child. */
const SWALLOWS = /^(?:a|ba|da|z)?sh$|^busybox$|^(?:npm|npx|pnpm|yarn)(?:-cli)?(?:\.c?js)?$/;

/** The first process of a machine: it stops services by their group, and whoever is in between does not matter. */
const IS_INIT = /^(?:systemd|init|launchd)$/;

/**
 * The program between us and the first process of a container that keeps stop signals from us, if there is one. Linux
 * tells its processes in `/proc`; elsewhere nothing is known.
 */
export function whoKeepsSignals(
	pid: number = process.pid,
	read: (path: string) => string = (path) => readFileSync(path, "utf8"),
): string | undefined {
	try {
		if (IS_INIT.test(nameOf(read("/proc/1/cmdline")))) return undefined;
		let keeper: string | undefined;
		for (let ancestor = parentOf(pid, read); ancestor > 0; ancestor = parentOf(ancestor, read)) {
			const name = nameOf(read(`/proc/${ancestor}/cmdline`));
			if (SWALLOWS.test(name)) keeper = name;
			if (ancestor === 1) return keeper;
		}
	} catch {
		// No /proc, or a process that has gone meanwhile.
	}
	return undefined;
}

/** `/proc/<pid>/stat`: "pid (name) state ppid ...", and a name may hold anything. */
function parentOf(pid: number, read: (path: string) => string): number {
	const stat = read(`/proc/${pid}/stat`);
	return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** What a command line runs: of `node /usr/bin/npm start` it is npm, of a title such as `npm start` its first word. */
function nameOf(commandLine: string): string {
	const [program = "", script = ""] = commandLine.split(/[\0 ]/);
	const name = baseName(program);
	return name === "node" ? baseName(script) : name;
}

function baseName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}
