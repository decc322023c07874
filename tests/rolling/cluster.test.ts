/** Workers of a cluster that are replaced while clients talk to them without a proxy. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { EXPRESS_5, FASTIFY_CREATE_APP } from "../process/kinds.ts";
import { portToKeep } from "../process/ports.ts";
import { scenario } from "../process/scenario.ts";
import { startInstance } from "./instance.ts";
import { inWords, type Seen, startLoad } from "./load.ts";
import { ROLLS, TIMEOUT_MS } from "./rolls.ts";

const OPTIONS = { rateLimit: false, shutdown: { lingerMs: 1_000 } };

const KINDS = [EXPRESS_5, FASTIFY_CREATE_APP];

const CLIENTS = 50;

type Way = "by signal" | "by disconnect";

interface Rolled {
	readonly seen: Seen;
	/** How every worker that was replaced has ended. */
	readonly ends: readonly string[];
	/** How many of them have said that they finished everything. */
	readonly complete: number;
}

async function rollWorkers(test: TestContext, worker: string, way: Way, rolls: number): Promise<Rolled> {
	const port = await portToKeep();
	const env = { WORKER: worker };
	const primary = await startInstance(test, { file: "cluster.mjs", port, options: OPTIONS, env });
	const load = startLoad(test, { port, clients: CLIENTS });
	try {
		for (let roll = 1; roll <= rolls; roll++) {
			primary.tell(way);
			await primary.told.until(`roll ${roll}`, (text) => text.split("\nrolled\n")[roll]);
		}
	} finally {
		await load.stop();
	}
	const ends = [...primary.told.all().matchAll(/^replaced \d+ (.*)$/gm)].map((match) => match[1]!);
	const complete = primary.log().match(/"exitCode":0.*"shutdown complete"/g)?.length ?? 0;
	return { seen: load.seen, ends, complete };
}

describe("workers that are rolled", { concurrency: 2, timeout: TIMEOUT_MS }, () => {
	for (const way of ["by signal", "by disconnect"] as const) {
		scenario("S35", KINDS, `nobody sees an error, ${way}`, async (t, { program }) => {
			const { seen, ends, complete } = await rollWorkers(t, program, way, ROLLS);
			t.diagnostic(inWords(seen));
			assert.deepEqual(seen.errors, {}, inWords(seen));
			assert.deepEqual(ends, Array(2 * ROLLS).fill("0"));
			assert.equal(complete, 2 * ROLLS);
			assert.ok(seen.servedBy.size >= 2 * ROLLS, inWords(seen));
		});
	}

	test("bare-exit.mjs: clients see errors", async (t) => {
		const { seen } = await rollWorkers(t, "bare-exit.mjs", "by signal", 2);
		t.diagnostic(inWords(seen));
		assert.notDeepEqual(seen.errors, {});
	});
});
