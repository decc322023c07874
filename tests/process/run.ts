/**
 * Runs a program of `programs/` in a process of its own and judges how it ends: exit code, last line and warnings
 * together. Every wait is for an event.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import "../built.ts";
import { certificate } from "./certificate.ts";
import { type Client, connect } from "./client.ts";
import { type Kind, NODE } from "./kinds.ts";
import { jsonLines, type Line, wholeLines } from "./lines.ts";
import { collectText, type Text } from "./text.ts";

/**
 * What happens at once takes less than this. Whoever waits for a client that says nothing waits until the deadline of four
 * seconds, or for a timeout that is longer still; and a busy machine has no half of a second.
 */
export const AT_ONCE_MS = 2_000;

export interface How {
	/** What the program hands to `productionReady`. */
	readonly options?: object;
	/** What the program has beside its routes: modules of `programs/extras/` with what they are told. */
	readonly extras?: Readonly<Record<string, unknown>>;
	readonly env?: Readonly<Record<string, string>>;
	readonly execArgv?: readonly string[];
	/** A command that starts the program, such as `unshare`. */
	readonly within?: readonly string[];
	/** A program of its own instead of the one that its kind has. */
	readonly program?: string;
	readonly isTls?: boolean;
	/** A file that standard output goes to. */
	readonly stdoutFile?: string;
	/** Tells its test on a pipe of its own, so that standard output and standard error can be taken away. */
	readonly tellsApart?: boolean;
	/** Has a channel for messages, as a process manager gives one. */
	readonly hasChannel?: boolean;
}

export interface Running {
	readonly child: ChildProcess;
	readonly stdout: Text;
	readonly stderr: Text;
	/** Resolves with the line that the program prints beginning with these words; `nth` counts from one. */
	says(words: string, nth?: number): Promise<string>;
	/** Resolves with the line of the log that has this message. */
	logs(message: string): Promise<Line>;
	/** Lines of the log so far. */
	lines(): readonly Line[];
	/** Lines of JSON on standard error so far. */
	cries(): readonly Line[];
	tell(command: string): void;
	signal(name: NodeJS.Signals): void;
	/** `performance.now()` when the process was seen to have ended. */
	readonly exitedAtMs: Promise<number>;
	/** Judges the end: this code, no signal, a last line that says so, and no warning. */
	exits(code: number): Promise<void>;
	/** Judges the end of a program that has no log to tell of it. */
	exitsSilently(code: number): Promise<void>;
}

export interface Serving extends Running {
	readonly port: number;
	connect(options?: { isTls?: boolean }): Promise<Client>;
	/** Sends a request and resolves once the program has it in its hands. */
	hold(path: string, id?: string, port?: number): Promise<Client>;
	/** Ids of its own children. */
	childPids(): number[];
}

const living = new Set<ChildProcess>();
process.on("exit", () => living.forEach(kill));

/** Starts a program; it is killed at the end of the test, with its own children. */
export function start(test: TestContext, kind: Kind | string, how: How = {}): Running {
	const of: Kind = typeof kind === "string" ? { ...NODE, program: kind } : kind;
	const { options, extras, env, execArgv = [], stdoutFile, program = of.program, within = [] } = how;
	const tellsApart = how.tellsApart ?? stdoutFile !== undefined;
	const output = stdoutFile === undefined ? "pipe" : openSync(stdoutFile, "a");
	const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
	const preload = of.isPreloaded ? PRELOAD : [];
	const [command = "", ...args] = [...within, process.execPath, ...preload, ...execArgv, path];
	const { PATH, NODE_COMPILE_CACHE } = process.env;
	const child = spawn(command, args, {
		// Nothing else of the surroundings: a platform's variables would be believed.
		env: {
			PATH,
			...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
			NODE_ENV: "production",
			// A deadline of four seconds.
			SHUTDOWN_GRACE_SECONDS: "5",
			...((how.isTls ?? of.isTls) && certificate()),
			...(options && { OPTIONS: JSON.stringify(options) }),
			...(extras && { EXTRAS: JSON.stringify(extras) }),
			...(tellsApart && { TELL_DESCRIPTOR: "3" }),
			...env,
		},
		stdio: [
			"pipe",
			output,
			"pipe",
			...(tellsApart ? ["pipe" as const] : []),
			...(how.hasChannel ? ["ipc" as const] : []),
		],
		detached: true,
	});
	if (typeof output === "number") closeSync(output);
	living.add(child);
	test.after(() => {
		kill(child);
		// The types of Node 22 do not know it yet.
		if ((test as { passed?: boolean }).passed === false) test.diagnostic(`${program}: ${printed()}`);
	});
	child.stdin?.on("error", () => {});
	const stdout = textOf(child.stdout, "the end of stdout");
	const stderr = textOf(child.stderr, "the end of stderr");
	const told = tellsApart ? textOf(child.stdio[3] as Readable, "the end of what it tells") : stdout;
	const written = (): string => (stdoutFile === undefined ? stdout.all() : readFileSync(stdoutFile, "utf8"));
	const exited = once(child, "exit") as Promise<[code: number | null, signal: string | null]>;
	const exitedAtMs = exited.then(() => performance.now());
	// Not the child's own "close", which does not come where this side has let go of the channel.
	const outputs = child.stdio.slice(1, 4).map((stream) => stream && once(stream, "close"));
	const ended = Promise.all([exited, ...outputs]).then(([how]) => how);

	const printed = (): string => `${stdout.all().slice(-4_000)}--- stderr ---\n${stderr.all().slice(-4_000)}`;

	async function exitsSilently(code: number): Promise<void> {
		const [seen, signal] = await ended;
		assert.deepEqual({ code: seen, signal }, { code, signal: null });
		assert.doesNotMatch(stderr.all(), /Warning|unhandledRejection|PromiseRejection/);
	}

	return {
		child,
		stdout,
		stderr,
		says: (words, nth = 1) =>
			told.until(
				`line "${words}"`,
				(text) => wholeLines(text).filter((line) => line.startsWith(words))[nth - 1],
			),
		logs: (message) =>
			stdout.until(`log line "${message}"`, (text) => jsonLines(text).find(({ msg }) => msg === message)),
		lines: () => jsonLines(written()),
		cries: () => jsonLines(stderr.all()),
		tell: (command) => void child.stdin?.write(`${command}\n`),
		signal: (name) => void process.kill(child.pid!, name),
		exitedAtMs,
		exitsSilently,
		async exits(code) {
			await exitsSilently(code);
			const last = wholeLines(written()).at(-1) ?? "";
			const { msg, exitCode }: Partial<Line> = jsonLines(last)[0] ?? { msg: last };
			assert.deepEqual({ msg, exitCode }, { msg: "shutdown complete", exitCode: code });
		},
	};
}

const PRELOAD = ["--import", import.meta.resolve("@production-ready/core/bootstrap")];

/** Starts a program and resolves once it listens. */
export async function serve(test: TestContext, kind: Kind | string, how: How = {}): Promise<Serving> {
	const running = start(test, kind, how);
	const isTls = how.isTls ?? (typeof kind === "object" && kind.isTls === true);
	const port = Number((await running.says("listening ")).slice(10));
	let held = 0;
	return {
		...running,
		port,
		connect: (options) => connect(port, { isTls, ...options }),
		childPids: () =>
			readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, "utf8")
				.split(" ")
				.filter((pid) => pid !== "")
				.map(Number),
		async hold(path, id, at = port) {
			const client = await connect(at, { isTls });
			client.get(path, id);
			held++;
			await running.says("held", held);
			return client;
		},
	};
}

function kill(child: ChildProcess): void {
	living.delete(child);
	try {
		// The group: the workers of a cluster too.
		process.kill(-child.pid!, "SIGKILL");
	} catch {
		// It has ended already.
	}
}

function textOf(stream: NodeJS.ReadableStream | null, end: string): Text {
	const text = collectText();
	stream
		?.setEncoding("utf8")
		.on("data", text.add)
		.on("end", () => text.end(end));
	return text;
}
