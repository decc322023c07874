/** Reloads by pm2, whose daemon owns the port, with clients that have no proxy before them. */
import assert from "node:assert/strict";
import { before, describe, type TestContext, test } from "node:test";
import { EXPRESS_5, FASTIFY_CREATE_APP } from "../process/kinds.ts";
import { scenario } from "../process/scenario.ts";
import { inWords, type Seen, startLoad } from "./load.ts";
import { type App, fetchPm2, NAME, type Pm2, startPm2 } from "./pm2.ts";
import { ROLLS, TIMEOUT_MS } from "./rolls.ts";

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
	const load = startLoad(test, { port: pm2.port, clients: CLIENTS });
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

/** Ends one and starts it anew, while the other one serves; pm2 does not wait until it listens. */
const restarts =
	(times: number) =>
	async ({ run, listening }: Pm2): Promise<void> => {
		for (let nth = 1; nth <= times; nth++) {
			for (const id of [0, 1]) {
				await run("restart", String(id));
				await listening(2 * nth + id + 1);
			}
		}
	};

function judge({ seen, ends }: Rolled, rolls: number): void {
	assert.deepEqual(seen.errors, {}, inWords(seen));
	assert.deepEqual(ends, Array(2 * rolls).fill("code [0] via signal [SIGINT]"));
	assert.ok(seen.servedBy.size >= 2 * rolls, inWords(seen));
}

const SHORT = Math.min(ROLLS, 3);

describe("reloaded by pm2", { concurrency: 2, timeout: TIMEOUT_MS }, () => {
	before(() => void fetchPm2());

	scenario("S37", [EXPRESS_5, FASTIFY_CREATE_APP], "nobody sees an error", async (t, { program: file }) =>
		judge(await rollPm2(t, { file, options: OPTIONS }, reloads(ROLLS)), ROLLS),
	);

	const ready = "nobody sees an error where pm2 waits for the word that it is ready";
	scenario("S37", [EXPRESS_5], ready, async (t, { program: file }) => {
		// Without the word pm2 goes on after this long, which is longer than a command may take.
		const settings = { wait_ready: true, listen_timeout: 100_000 };
		judge(await rollPm2(t, { file, options: OPTIONS, settings }, reloads(SHORT)), SHORT);
	});

	const told = "nobody sees an error where it is restarted by a message";
	scenario("S37", [EXPRESS_5], told, async (t, { program: file }) => {
		const settings = { shutdown_with_message: true };
		judge(await rollPm2(t, { file, options: OPTIONS, settings }, restarts(SHORT)), SHORT);
	});

	test("bare-exit.mjs: clients see errors", async (t) => {
		const { seen } = await rollPm2(t, { file: "bare-exit.mjs" }, reloads(SHORT));
		assert.notDeepEqual(seen.errors, {});
	});
});
