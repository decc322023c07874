const { readFileSync } = process.getBuiltinModule("node:fs");

/** Runs other programs and keeps their stop signals: a shell ignores them as the first process, npm ends before its child. */
const SWALLOWS = /^(?:a|ba|da|z)?sh$|^busybox$|^(?:npm|npx|pnpm|yarn)(?:-cli)?(?:\.c?js)?$/;

/** A first process that does nothing but pass signals on to its one child, and stays out of the way. */
const IS_SMALL_INIT = /^(?:tini|tini-static|docker-init|dumb-init|catatonit)$/;

/**
 * The program at the head of a container that keeps stop signals from us, if there is one: the platform stops a
 * container by its first process. Further down anything may stand in between, such as the shell of a terminal, and
 * nobody sends a signal to it. Linux tells of processes in `/proc`; elsewhere nothing is known.
 */
export function whoKeepsSignals(
	pid: number = process.pid,
	read: (path: string) => string = (path) => readFileSync(path, "utf8"),
): string | undefined {
	try {
		const ancestors: string[] = [];
		for (let ancestor = pid; ancestor > 1; ) {
			ancestor = parentOf(ancestor, read);
			ancestors.unshift(nameOf(read(`/proc/${ancestor}/cmdline`)));
		}
		const head = IS_SMALL_INIT.test(ancestors[0] ?? "") ? ancestors[1] : ancestors[0];
		return SWALLOWS.test(head ?? "") ? head : undefined;
	} catch {
		// No /proc, or a parent outside of what we see.
		return undefined;
	}
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
