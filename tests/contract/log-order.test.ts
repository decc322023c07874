/** Lines of requests wait a little for each other: none is lost to the end of the process, and each keeps its place. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { PROGRAMS } from "./child.ts";

/** A route that does something when its line has just been collected: in the same turn, before any timer. */
const ROUTES: Readonly<Record<string, (before: string, behind: string) => string>> = {
	express: (before, behind) => `app.get("/", (request, response) => {
		${before}
		response.once("close", () => { ${behind} });
		response.json({});
	});`,
	fastify: (before, behind) => `app.get("/", async (request, reply) => {
		${before}
		reply.raw.once("close", () => { ${behind} });
		return {};
	});`,
};

const ASK = `
	await fetch(url + "/", { headers: { "x-request-id": "collected" } }).catch(() => {});
	await new Promise(() => {});
`;

interface Case {
	/** What the route does before it answers. */
	readonly before?: string;
	/** What the program does when the line of the request has just been collected. */
	readonly behind?: string;
	readonly options?: string;
}

function startCase(t: TestContext, name: string, stdout: number | "pipe", { before, behind, options }: Case) {
	const routes = ROUTES[name.startsWith("Express") ? "express" : "fastify"]!(before ?? "", behind ?? "");
	const source = `
		import { uninstall } from "@production-ready/core/lifecycle";
		${PROGRAMS[name]!(options ?? "{}", routes, ASK)}
	`;
	const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
		cwd: import.meta.dirname,
		env: { PATH: process.env.PATH, NODE_ENV: "production" },
		stdio: ["ignore", stdout, stdout === "pipe" ? "ignore" : stdout],
	});
	t.after(() => child.kill("SIGKILL"));
	return child;
}

/** Runs a program whose two outputs are one file, and gives the file and how the program ended. */
async function run(t: TestContext, name: string, how: Case): Promise<readonly [text: string, end: unknown]> {
	const folder = mkdtempSync(join(tmpdir(), "log-order-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const path = join(folder, "log");
	const file = openSync(path, "a");
	const child: ChildProcess = startCase(t, name, file, how);
	closeSync(file);
	const [code, signal] = await once(child, "close");
	return [readFileSync(path, "utf8"), signal ?? code];
}

const LINE = /^\{"level":30,.*"requestId":"collected".*"msg":"request completed"\}$/m;
const KILL = `process.kill(process.pid, "SIGKILL");`;

for (const name of Object.keys(PROGRAMS)) {
	test(`a line that waits is written at the exit (${name})`, async (t) => {
		const [text, end] = await run(t, name, { behind: "process.exit(0);" });
		assert.match(text, LINE);
		assert.equal(end, 0);
	});

	test(`a line that waits stands before the one that tells of a crash (${name})`, async (t) => {
		const [text, end] = await run(t, name, { behind: `throw new Error("boom");` });
		const fatal = text.search(/^\{"level":60,.*boom/m);
		assert.ok(fatal > 0 && text.search(LINE) !== -1 && text.search(LINE) < fatal, text);
		assert.equal(end, 1);
	});

	test(`a line that waits stands before what Node says where crashes are its affair (${name})`, async (t) => {
		const [text, end] = await run(t, name, {
			behind: `throw new Error("boom");`,
			options: "{ crash: false }",
		});
		const told = text.indexOf("Error: boom");
		assert.ok(told > 0 && text.search(LINE) !== -1 && text.search(LINE) < told, text);
		assert.equal(end, 1);
	});

	test(`a line that waits stands before what the program logs behind it (${name})`, async (t) => {
		const [text] = await run(t, name, { behind: `request.log.info("behind it"); process.exit(0);` });
		const behind = text.search(/"msg":"behind it"/);
		assert.ok(behind > 0 && text.search(LINE) !== -1 && text.search(LINE) < behind, text);
	});

	test(`once the process was told to end no line waits, for it may be killed (${name})`, async (t) => {
		const [text, end] = await run(t, name, { before: `process.emit("SIGTERM", "SIGTERM");`, behind: KILL });
		assert.match(text, /"msg":"shutdown started"/);
		assert.match(text, LINE);
		assert.equal(end, "SIGKILL");
	});

	test(`uninstall() writes what waits (${name})`, async (t) => {
		const [text, end] = await run(t, name, { behind: `uninstall(); ${KILL}` });
		assert.match(text, LINE);
		assert.equal(end, "SIGKILL");
	});

	test(`a line that nothing follows is written too (${name})`, async (t) => {
		const child = startCase(t, name, "pipe", {});
		const signal = AbortSignal.timeout(60_000);
		for await (const line of createInterface({ input: child.stdout!, signal })) if (LINE.test(line)) return;
		assert.fail("it did not come");
	});
}
