import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { ADAPTERS, type Kind } from "./kinds.ts";
import { type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** A crash whose tracker goes this way, with a budget of half a second. */
async function crashWith(t: TestContext, kind: Kind, tracker: string): Promise<Serving> {
	const program = await serve(t, kind, { extras: { tracker } });
	program.tell("crash");
	await program.exits(1);
	// Less than a second, with what the end itself takes.
	assert.ok(Number(program.lines().at(-1)?.elapsedMs) < 1_000);
	return program;
}

const cries = (program: Serving): string[] => program.cries().map(({ msg }) => msg);
const CRASH = "thrown in a timer";

describe("onCrash", TOGETHER, () => {
	scenario("K62", ADAPTERS, "it is waited for", async (t, kind) => {
		const program = await crashWith(t, kind, "waits");
		assert.match(program.stdout.all(), /^reported thrown in a timer$/m);
		assert.deepEqual(cries(program), [CRASH]);
	});

	scenario("K62", ADAPTERS, "one that hangs is given up at the budget", async (t, kind) => {
		assert.deepEqual(cries(await crashWith(t, kind, "hangs")), [CRASH]);
	});

	scenario("K62", ADAPTERS, "one that throws changes nothing but is told", async (t, kind) => {
		assert.deepEqual(cries(await crashWith(t, kind, "throws")), [CRASH, "the tracker is broken"]);
	});

	scenario("K62", ADAPTERS, "one that rejects changes nothing but is told", async (t, kind) => {
		const program = await crashWith(t, kind, "rejects");
		assert.deepEqual(cries(program), [CRASH]);
		assert.match(program.stdout.all(), /the tracker is away/);
	});

	scenario(
		"K62 S40",
		ADAPTERS,
		"one that exits hides neither the crash nor what it cuts",
		async (t, kind) => {
			const program = await serve(t, kind, { extras: { tracker: "exits" } });
			await program.hold("/held");
			program.tell("crash");
			await program.exitsSilently(1);
			assert.deepEqual(cries(program), [CRASH]);
			assert.match(
				String(program.lines().at(-1)?.msg),
				/^process\.exit\(\) was called, and cut 1 request \(GET \/held[^)]*\)$/,
			);
		},
	);

	scenario("K62", ADAPTERS, "one that crashes itself does not begin anew", async (t, kind) => {
		assert.deepEqual(cries(await crashWith(t, kind, "crashes")), [CRASH]);
	});
});
