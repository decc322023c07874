/** What Node's parser and the frameworks say of requests that are wrong or odd, they say with ours installed too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Factory, forEachServer } from "../contract/servers.ts";
import { type Echo, startBare, startOurs } from "./apps.ts";
import { converse } from "./conversation.ts";
import { VECTORS } from "./vectors.ts";

/** What is otherwise with ours, on every framework; docs/hostile-input.md tells the same. */
const OTHERWISE: Readonly<Record<string, { readonly status: number; readonly detail: RegExp }>> = {
	"two Host, the same": { status: 400, detail: /more than one Host/ },
	"two Host that differ": { status: 400, detail: /more than one Host/ },
	"two Host, one of them empty": { status: 400, detail: /more than one Host/ },
	TRACE: { status: 405, detail: /TRACE/ },
};

/** `limits` refuses it on Express as Fastify does by itself; what it says has tests of its own. */
const REFUSED_BY_LIMITS = ["half an escape in the target"];

/** Node before 22.23 and 24.21 leaves out the headers behind the thousandth without a word. */
const CUT_BY_OLDER_NODES = ["1,001 headers", "2,500 headers"];

interface Outcome {
	readonly statuses: readonly number[];
	readonly saysClose: boolean;
	readonly reached: readonly string[];
	/** What the app answered. */
	readonly said: readonly string[];
}

type Outcomes = Readonly<Record<string, Outcome>>;

/** Outcomes as lines, so that a difference is read at a glance. */
function told(all: Outcomes): readonly string[] {
	return Object.entries(all).map(([name, { statuses, saysClose, reached, said }]) =>
		JSON.stringify([name, statuses, saysClose ? "closes" : "keeps", reached, said]),
	);
}

async function outcomes(app: Echo): Promise<Outcomes> {
	const all = await Promise.all(
		VECTORS.map(async ({ name, bytes }) => {
			const { statuses, saysClose, answers, port } = await converse(app.port, bytes);
			const said = answers.flatMap((answer) => /^\w+ \S+ \d+ bytes$/m.exec(answer) ?? []);
			return [name, { statuses, saysClose, reached: app.reached(port), said }] as const;
		}),
	);
	return Object.fromEntries(all);
}

function without(all: Outcomes, names: readonly string[]): Outcomes {
	return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}

forEachServer((factory: Factory) => {
	test("requests that are wrong or odd", async (t) => {
		const bare = await outcomes(await startBare(t, factory));
		const app = await startOurs(t, factory);
		const ours = await outcomes(app);

		await t.test("H75 H76 H80 H94 H102: are answered, closed and handed on as without ours", () => {
			const names = [...Object.keys(OTHERWISE), ...REFUSED_BY_LIMITS, ...CUT_BY_OLDER_NODES];
			const before = new Set(told(without(bare, names)));
			const differing = told(without(ours, names)).filter((line) => !before.has(line));
			assert.deepEqual(differing, []);
		});

		await t.test("H76: hide nothing that is taken for a request, and none of them is a 500", () => {
			for (const { name, isTwo } of VECTORS) {
				const { statuses, reached } = ours[name]!;
				assert.ok(!statuses.some((status) => status >= 500), `${name}: ${statuses}`);
				const smuggled = reached.filter((what) => what.includes("/smuggled"));
				assert.equal(smuggled.length, isTwo ? 1 : 0, name);
			}
		});

		await t.test("H75: with too many headers, too long ones, or half an escape are refused", () => {
			for (const name of REFUSED_BY_LIMITS) assert.deepEqual(ours[name]?.statuses, [400], name);
			for (const name of [...CUT_BY_OLDER_NODES, "a header of 20 kB", "a URL of 20 kB"]) {
				assert.deepEqual([ours[name]?.statuses, ours[name]?.reached], [[431], []], name);
			}
		});

		await t.test("leave the app as it was", async () => assert.equal((await app.get("/")).status, 200));
	});

	test("H78 H94: two Host and TRACE are refused in words, with id, line and headers, and reach no route", async (t) => {
		const app = await startOurs(t, factory);
		const all = Object.entries(OTHERWISE).map(async ([name, { status, detail }]) => {
			const { bytes } = VECTORS.find((vector) => vector.name === name)!;
			const { answers, statuses, port } = await converse(app.port, bytes);
			assert.deepEqual([statuses, app.reached(port)], [[status], []], name);
			const [head = "", body = ""] = answers[0]!.split("\r\n\r\n");
			assert.match(head, /^content-type: application\/problem\+json/im, name);
			assert.match(head, /^x-content-type-options: nosniff/im, name);
			assert.equal(/^allow: /im.test(head), status === 405, name);
			const id = /^x-request-id: (\S+)/im.exec(head)?.[1];
			const problem = JSON.parse(body) as { detail: string; requestId: string; status: number };
			assert.match(problem.detail, detail, name);
			assert.deepEqual([problem.status, problem.requestId], [status, id], name);
			assert.equal((await app.line({ requestId: id })).status, status, name);
		});
		await Promise.all(all);
	});

	test("H78: a probe is answered whatever its head says", async (t) => {
		const app = await startOurs(t, factory);
		const two = "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n";
		assert.deepEqual((await converse(app.port, two)).statuses, [200]);
	});

	test("H94: a header that names another method changes nothing", async (t) => {
		const app = await startOurs(t, factory);
		for (const name of ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]) {
			const lines = [
				"POST /here HTTP/1.1",
				"Host: a",
				"Connection: close",
				"Content-Length: 0",
				`${name}: DELETE`,
			];
			const { port } = await converse(app.port, `${lines.join("\r\n")}\r\n\r\n`);
			assert.deepEqual(app.reached(port), ["POST /here"], name);
		}
	});
});
