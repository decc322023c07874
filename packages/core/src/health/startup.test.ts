import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createStartup, type StartupParts } from "./startup.ts";

function started(): { startup: ReturnType<typeof createStartup>; heard: unknown[][] } {
	const heard: unknown[][] = [];
	const parts: StartupParts = {
		onRetry: (name, error, waitMs) => heard.push(["retry", name, (error as Error).message, waitMs]),
		onFailure: (name, error) => heard.push(["failure", name, (error as Error).message]),
		onDone: () => heard.push(["done"]),
	};
	return { startup: createStartup(parts), heard };
}

const refuse = () => Promise.reject(new Error("refused"));

describe("a startup task", () => {
	test("that works at once is done, and the last one that was open is told", async () => {
		const { startup, heard } = started();
		const both = [startup.add("cache", () => {}), startup.add("database", async () => {})];
		assert.deepEqual(
			startup.pending().map(({ name, status }) => [name, status]),
			[
				["cache", "failed"],
				["database", "failed"],
			],
		);
		await Promise.all(both);
		assert.deepEqual([startup.pending(), heard], [[], [["done"]]]);
	});

	test("is tried again after waits that grow, up to a half shorter by chance", async () => {
		const { startup, heard } = started();
		let tries = 0;
		await startup.add("database", () => (++tries < 4 ? refuse() : undefined));
		const waits = heard.filter(([what]) => what === "retry").map(([, , , waitMs]) => Number(waitMs));
		assert.equal(waits.length, 3);
		for (const [index, waitMs] of waits.entries()) {
			const longestMs = 100 * 2 ** index;
			assert.ok(waitMs >= longestMs / 2 && waitMs <= longestMs, `${waitMs} ms of ${longestMs}`);
		}
	});

	test("whose time is up is given up with its last failure, and stays pending", async () => {
		const { startup, heard } = started();
		await assert.rejects(startup.add("database", refuse, { timeoutMs: 120 }), /refused/);
		assert.deepEqual(heard.at(-1), ["failure", "database", "refused"]);
		assert.equal(startup.pending().length, 1);
	});

	test("one attempt that hangs is aborted and not waited for", async () => {
		const { startup, heard } = started();
		let aborted = 0;
		const hang = (signal: AbortSignal): Promise<never> =>
			new Promise(() => signal.addEventListener("abort", () => aborted++));
		const given = startup.add("database", hang, { timeoutMs: 60, attemptTimeoutMs: 20 });
		await assert.rejects(given, /no answer within \d+ ms/);
		assert.ok(aborted >= 1);
		assert.equal(heard.at(-1)?.[0], "failure");
	});

	test("is given up without a word when the process ends", async () => {
		const { startup, heard } = started();
		const given = startup.add("database", refuse);
		await new Promise(setImmediate);
		startup.stop();
		await assert.rejects(given);
		assert.equal(
			heard.some(([what]) => what === "failure"),
			false,
		);
	});
});
