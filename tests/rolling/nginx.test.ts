/** Rolling restarts behind nginx, which sends a POST only once: an error is an error of the client. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { EXPRESS_4, EXPRESS_5, FASTIFY_CREATE_APP, NODE } from "../process/kinds.ts";
import { scenario } from "../process/scenario.ts";
import type { Instance } from "./instance.ts";
import { errorsOf, inWords } from "./load.ts";
import { WITHOUT_NGINX } from "./nginx.ts";
import { ROLLS, type Rolled, type Rolling, rollBehindNginx, TIMEOUT_MS } from "./rolls.ts";

/**
 * By default nginx leaves an upstream that has refused a connection alone for ten seconds, also when it is back since
 * nine. Where all upstreams are rolled within that time none is left, and every request gets a 502.
 */
const ASKED_AT_ONCE = "max_fails=0";
const DEFAULTS = "";

/** All clients have one address, so a limit would be found out first. */
const OPTIONS = { platform: "nginx", rateLimit: false };

/** What has no options is told by a platform's variable that a proxy is in front. */
const BEHIND_A_PROXY = { DYNO: "web.1" };

const SHORT = Math.min(ROLLS, 3);

/** What clients, nginx and nobody else have seen. */
function account({ seen, nginx }: Rolled): string {
	const complaints = nginx.complaints();
	const kinds = [...new Set(complaints)].map(
		(kind) => `${complaints.filter((complaint) => complaint === kind).length} x ${kind}`,
	);
	return `${inWords(seen)}; nginx: ${kinds.join(", ")}`;
}

async function rollsWithoutError(test: TestContext, how: Rolling): Promise<void> {
	const rolled = await rollBehindNginx(test, how);
	test.diagnostic(account(rolled));
	assert.deepEqual(rolled.seen.errors, {}, account(rolled));
	// Or it has proved nothing: every instance was there to be rolled under load, but for those that came last.
	assert.ok(rolled.seen.servedBy.size >= 2 * how.rolls, account(rolled));
}

async function rollsWithErrors(test: TestContext, how: Rolling): Promise<void> {
	const rolled = await rollBehindNginx(test, how);
	test.diagnostic(account(rolled));
	assert.ok(errorsOf(rolled.seen) > 0, account(rolled));
}

describe("rolled behind nginx", { skip: WITHOUT_NGINX, timeout: TIMEOUT_MS }, () => {
	scenario("S49", [EXPRESS_5, FASTIFY_CREATE_APP], "nobody sees an error", (t, { program: file }) =>
		rollsWithoutError(t, { program: { file, options: OPTIONS }, rolls: ROLLS, parameters: ASKED_AT_ONCE }),
	);

	scenario("S49", [EXPRESS_4], "nobody sees an error", (t, { program: file }) =>
		rollsWithoutError(t, { program: { file, options: OPTIONS }, rolls: SHORT, parameters: ASKED_AT_ONCE }),
	);

	scenario("S49", [NODE], "nobody sees an error", (t, { program: file }) =>
		rollsWithoutError(t, {
			program: { file, env: BEHIND_A_PROXY },
			rolls: SHORT,
			parameters: ASKED_AT_ONCE,
		}),
	);

	const patiently = "nobody sees an error where nginx has its defaults and every new instance has been asked";
	scenario("S49", [EXPRESS_5], patiently, (t, { program: file }) =>
		rollsWithoutError(t, {
			program: { file, options: OPTIONS },
			rolls: 1,
			parameters: DEFAULTS,
			awaitsTraffic: true,
		}),
	);
});

describe("rolled behind nginx, and errors are seen", { skip: WITHOUT_NGINX, timeout: 60_000 }, () => {
	/** What it ends with is not judged; one that never ends is killed, as a platform does. */
	async function stopBare(instance: Instance): Promise<void> {
		instance.signal("SIGTERM");
		const timer = setTimeout(() => instance.signal("SIGKILL"), 2_000);
		await instance.ended;
		clearTimeout(timer);
	}

	for (const file of ["bare-close.mjs", "bare-exit.mjs"]) {
		test(`${file}: clients see errors`, (t) =>
			rollsWithErrors(t, { program: { file }, rolls: 2, parameters: ASKED_AT_ONCE, stop: stopBare }));
	}

	test("nginx has its defaults, and no new instance has been asked: clients see errors", (t) =>
		rollsWithErrors(t, {
			program: { file: "express-5.mjs", options: OPTIONS },
			rolls: 1,
			parameters: DEFAULTS,
		}));
});
