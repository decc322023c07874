/** Reloads by pm2, whose daemon owns the port, with clients that have no proxy before them. */
import assert from "node:assert/strict";
import { before, describe, type TestContext, test } from "node:test";
import { answers } from "./listening.ts";
import { inWords, type Seen, startLoad } from "./load.ts";
import { type App, fetchPm2, NAME, type Pm2, startPm2 } from "./pm2.ts";
import { ROLLS } from "./rolls.ts";

/** Of the 1.6 s that pm2 leaves a process, less a margin, one is for clients with a request on its way. */
const OPTIONS = { rateLimit: false, shutdown: { lingerMs: 1_000 } };

const CLIENTS = 50;

interface Rolled {
	readonly seen: Seen;
	/** How every process that was replaced has ended, in the words of pm2. */
	readonly ends: readonly string[];
}

async function rollPm2(test: TestContext, app: App, roll: (pm2: Pm2) => Promise<void>): Promise<Rolled> {
	const pm2 = await startPm2(test, app);
	await answers(pm2.port);
	const load = startLoad({ port: pm2.port, clients: CLIENTS });
	let ends: readonly string[];
	try {
		await roll(pm2);
		ends = [...pm2.diary().matchAll(/exited with (code \[\d+\] via signal \[\w+\])/g)].map((end) => end[1]!);
	} finally {
		await load.stop();
	}
	test.diagnostic(inWords(load.seen));
	return { seen: load.seen, ends };
}

/** Replaces both, each by one that listens before the old one is told to end. */
const reloads =
	(times: number) =>
	async ({ run }: Pm2): Promise<void> => {
		for (let nth = 0; nth < times; nth++) await run("reload", NAME);
	};

/** Ends one and starts it anew, while the other one serves. */
const restarts =
	(times: number) =>
	async ({ run }: Pm2): Promise<void> => {
		for (let nth = 0; nth < times; nth++) for (const id of ["0", "1"]) await run("restart", id);
	};

function judge({ seen, ends }: Rolled, rolls: number): void {
	assert.deepEqual(seen.errors, {}, inWords(seen));
	assert.deepEqual(ends, Array(2 * rolls).fill("code [0] via signal [SIGINT]"));
	assert.ok(seen.servedBy.size >= 2 * rolls, inWords(seen));
}

const SHORT = Math.min(ROLLS, 3);

describe("reloaded by pm2", { concurrency: 2, timeout: 110_000 }, () => {
	before(() => void fetchPm2());

	for (const file of ["express-5.mjs", "fastify.mjs"]) {
		test(`${file}: nobody sees an error`, async (t) =>
			judge(await rollPm2(t, { file, options: OPTIONS }, reloads(ROLLS)), ROLLS));
	}

	test("express-5.mjs that says when it is ready: nobody sees an error", async (t) => {
		const app = {
			file: "express-5.mjs",
			options: OPTIONS,
			// Without the word pm2 goes on after this long, which is longer than this test may take.
			settings: { wait_ready: true, listen_timeout: 100_000 },
		};
		judge(await rollPm2(t, app, reloads(SHORT)), SHORT);
	});

	test("express-5.mjs that is told by a message, and restarted: nobody sees an error", async (t) => {
		const app = { file: "express-5.mjs", options: OPTIONS, settings: { shutdown_with_message: true } };
		judge(await rollPm2(t, app, restarts(SHORT)), SHORT);
	});

	test("a bare program: clients see errors", async (t) => {
		const { seen } = await rollPm2(t, { file: "bare-exit.mjs" }, reloads(SHORT));
		assert.notDeepEqual(seen.errors, {});
	});
});
