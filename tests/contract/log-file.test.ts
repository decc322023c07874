/** The log goes to a file, and the file has no room, no permission, or no name any more. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	fstatSync,
	mkdtempSync,
	openSync,
	readFileSync,
	readSync,
	rmSync,
	unlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { PROGRAMS } from "./child.ts";

/** Answers one request for each line on its standard input, and says its status on descriptor 3. */
const ASK = `
	import { createInterface } from "node:readline";
	import { writeSync } from "node:fs";
	for await (const id of createInterface({ input: process.stdin })) {
		const response = await fetch(url + "/", { headers: { "x-request-id": id } });
		await response.text();
		writeSync(3, id + " " + response.status + "\\n");
	}
`;
const ROUTES: Readonly<Record<string, string>> = {
	express: `app.get("/", (request, response) => response.json({}));`,
	fastify: `app.get("/", async () => ({}));`,
};

interface Program {
	readonly child: ChildProcess;
	readonly stderr: Promise<string>;
	/** Sends a request with this id and gives the status. */
	ask(id: string): Promise<number>;
	/** Ends it, and gives what it wrote on standard error and its exit code. */
	end(): Promise<readonly [stderr: string, code: number | null]>;
}

function program(
	t: TestContext,
	name: string,
	stdout: number | "ignore",
	options = "{}",
	before = "",
): Program {
	const routes = ROUTES[name.startsWith("Express") ? "express" : "fastify"]!;
	const source = `${before}\n${PROGRAMS[name]!(options, routes, ASK)}`;
	const imports = source.match(/^\s*import .*$/gm)!.join("\n");
	const body = source.replace(/^\s*import .*$/gm, "");
	const child = spawn(process.execPath, ["--input-type=module", "--eval", `${imports}\n${body}`], {
		cwd: import.meta.dirname,
		env: { PATH: process.env.PATH, NODE_ENV: "production" },
		stdio: ["pipe", stdout, "pipe", "pipe"],
	});
	t.after(() => child.kill("SIGKILL"));
	const answers = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })[Symbol.asyncIterator]();
	const stderr = text(child.stderr!);
	return {
		child,
		stderr,
		async ask(id) {
			child.stdin!.write(`${id}\n`);
			const { value } = await answers.next();
			const [answered, status] = String(value).split(" ");
			assert.equal(answered, id);
			return Number(status);
		},
		async end() {
			const closed = once(child, "close");
			child.stdin!.end();
			const [code] = await closed;
			return [await stderr, code];
		},
	};
}

/** A disk of its own, of one MiB; nothing where this process may not mount one. */
function smallDisk(t: TestContext): string | undefined {
	const folder = folderFor(t);
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", folder], { stdio: "ignore" });
		return folder;
	} catch {
		return undefined;
	}
}

function folderFor(t: TestContext): string {
	const folder = mkdtempSync(join(tmpdir(), "log-file-"));
	t.after(() => {
		spawnSync("umount", ["-l", folder], { stdio: "ignore" });
		rmSync(folder, { recursive: true, force: true });
	});
	return folder;
}

/** Takes all the room that is left on a disk. */
function fill(path: string): void {
	const descriptor = openSync(path, "w");
	try {
		for (let size = 4_096; size >= 1; ) {
			try {
				if (writeSync(descriptor, Buffer.alloc(size)) < size) size = Math.floor(size / 2);
			} catch {
				size = Math.floor(size / 2);
			}
		}
	} finally {
		closeSync(descriptor);
	}
}

const said = (stderr: string): number => stderr.match(/the log cannot be written/g)?.length ?? 0;

/** The lines of a file that are JSON. */
function linesOf(path: string): string[] {
	return readFileSync(path, "utf8")
		.split("\n")
		.filter((line) => {
			try {
				return JSON.parse(line) !== null;
			} catch {
				return false;
			}
		});
}

function idsOf(path: string): string[] {
	return linesOf(path).flatMap((line) => (JSON.parse(line).requestId as string | undefined) ?? []);
}

/** Where lines go: a pino of ours to standard output, or one of the program's to a file. */
const LOGGERS: Readonly<Record<string, (path: string) => { before: string; options: string }>> = {
	"ours to standard output": () => ({ before: "", options: "{}" }),
	"a pino of the program's, at once": (path) => ({
		before: `import { pino } from "pino"; const logger = pino(pino.destination({ dest: ${JSON.stringify(path)}, sync: true }));`,
		options: "{ logging: { logger } }",
	}),
	"a pino of the program's, later": (path) => ({
		before: `import { pino } from "pino"; const logger = pino(pino.destination({ dest: ${JSON.stringify(path)}, sync: false }));`,
		options: "{ logging: { logger } }",
	}),
};

for (const name of Object.keys(PROGRAMS)) {
	for (const [kind, make] of Object.entries(LOGGERS)) {
		test(`L169 a full disk costs lines and is said once; with room again they go on (${name}, ${kind})`, async (t) => {
			const disk = smallDisk(t);
			if (disk === undefined) return t.skip("this process may not mount a disk of its own");
			const path = join(disk, "log");
			const filler = join(disk, "filler");
			const { before, options } = make(path);
			const stdout = openSync(before === "" ? path : "/dev/null", "a");
			const running = program(t, name, stdout, options, before);
			assert.equal(await running.ask("before"), 200);
			fill(filler);
			for (let count = 0; count < 40; count++) assert.equal(await running.ask(`full-${count}`), 200);
			unlinkSync(filler);
			assert.equal(await running.ask("after-1"), 200);
			assert.equal(await running.ask("after-2"), 200);
			const [stderr, code] = await running.end();
			closeSync(stdout);
			assert.equal(said(stderr), 1, stderr);
			assert.match(stderr, /ENOSPC/);
			assert.equal(code, 0);
			const ids = idsOf(path);
			// pino keeps what it could not write; ours would rather lose lines than memory, and counts them.
			if (before === "") {
				const lost = /"lost":(\d+)/.exec(linesOf(path).find((line) => line.includes('"lost":')) ?? "")?.[1];
				assert.equal(Number(lost) + ids.filter((id) => id.startsWith("full-")).length, 40);
			}
			assert.ok(ids.includes("before") && ids.includes("after-1") && ids.includes("after-2"), String(ids));
		});
	}

	test(`L169 a disk that is always full is said once, and requests are answered (${name})`, async (t) => {
		const running = program(t, name, openSync("/dev/full", "w"));
		for (let count = 0; count < 5; count++) assert.equal(await running.ask(`full-${count}`), 200);
		const [stderr, code] = await running.end();
		assert.equal(said(stderr), 1, stderr);
		assert.equal(code, 0);
	});

	test(`L169 a file that cannot be opened is said once, and requests are answered (${name})`, async (t) => {
		// Root may open everything; below a file that is no folder nobody can: the same event of pino's, as for EACCES.
		const file = join(folderFor(t), "file");
		writeFileSync(file, "");
		const { before, options } = LOGGERS["a pino of the program's, later"]!(join(file, "log"));
		const running = program(t, name, "ignore", options, before);
		for (let count = 0; count < 5; count++) assert.equal(await running.ask(`lost-${count}`), 200);
		const [stderr, code] = await running.end();
		assert.equal(said(stderr), 1, stderr);
		assert.match(stderr, /ENOTDIR/);
		assert.equal(code, 0);
	});

	test(`L169 a file that is deleted, or renamed, costs nothing (${name})`, async (t) => {
		const path = join(folderFor(t), "log");
		const stdout = openSync(path, "a+");
		const running = program(t, name, stdout);
		assert.equal(await running.ask("before"), 200);
		unlinkSync(path);
		assert.equal(await running.ask("after"), 200);
		const [stderr, code] = await running.end();
		assert.deepEqual([stderr, code], ["", 0]);
		const { size } = fstatSync(stdout);
		const bytes = Buffer.alloc(size);
		readSync(stdout, bytes, 0, size, 0);
		assert.match(bytes.toString(), /"requestId":"before"[\s\S]*"requestId":"after"/);
		closeSync(stdout);
	});
}
