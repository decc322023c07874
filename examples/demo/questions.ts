import { openConnection, send } from "./client.ts";
import { type Program, startProgram } from "./program.ts";
import { INTERNAL_HOST } from "./programs/data.ts";
import { PROXIED } from "./surroundings.ts";
import type { Rows } from "./table.ts";

/** Response headers that tell browsers what not to do (OWASP Secure Headers Project, and what helmet adds). */
const SECURITY_HEADERS = [
	"content-security-policy",
	"cross-origin-embedder-policy",
	"cross-origin-opener-policy",
	"cross-origin-resource-policy",
	"origin-agent-cluster",
	"permissions-policy",
	"referrer-policy",
	"strict-transport-security",
	"x-content-type-options",
	"x-dns-prefetch-control",
	"x-download-options",
	"x-frame-options",
	"x-permitted-cross-domain-policies",
];

const REQUESTS_OF_ONE_CLIENT = 310;

/** What a program answers while nothing is wrong. Every figure is counted here and now. */
export async function askQuestions(name: string): Promise<Rows> {
	const program = await startProgram(name, PROXIED);
	// The same program where the deployment has forgotten NODE_ENV.
	const { NODE_ENV: _, ...forgotten } = PROXIED;
	const unset = await startProgram(name, forgotten);
	try {
		return [
			...(await askHeaders(program)),
			...(await askErrors(program, unset)),
			await askCompression(program),
			await askLimit(program),
		];
	} finally {
		program.kill();
		unset.kill();
	}
}

async function askHeaders(program: Program): Promise<Rows> {
	const { headers } = await send(program.port, { path: "/hello", headers: { "x-forwarded-proto": "https" } });
	const id = headers["x-request-id"];
	const hasLine = typeof id === "string" && (await appears(program, id));
	const count = SECURITY_HEADERS.filter((header) => header in headers).length;
	return [
		["security headers", `${count} of ${SECURITY_HEADERS.length}`],
		["X-Powered-By", String(headers["x-powered-by"] ?? "-")],
		["request id in the answer", id === undefined ? "no" : "yes"],
		["the same id in a log line", hasLine ? "yes" : "no"],
	];
}

async function askErrors(program: Program, unset: Program): Promise<Rows> {
	const { body, headers } = await send(program.port, { path: "/fail" });
	const forgotten = await send(unset.port, { path: "/fail" });
	const id = headers["x-request-id"];
	return [
		["a route throws: request id in the body", typeof id === "string" && body.includes(id) ? "yes" : "no"],
		["  the client reads", leaks(body)],
		["  the client reads, NODE_ENV not set", leaks(forgotten.body)],
	];
}

/** What an error's answer tells strangers. */
function leaks(body: Buffer): string {
	const parts = [
		body.includes(INTERNAL_HOST) && "the message",
		/\bat .+:\d+/.test(String(body)) && "the stack",
	];
	return parts.filter(Boolean).join(" and ") || "the status";
}

async function askCompression({ port }: Program): Promise<Rows[number]> {
	const plain = await send(port, { path: "/catalogue" });
	const packed = await send(port, { path: "/catalogue", headers: { "accept-encoding": "gzip, br" } });
	const encoding = packed.headers["content-encoding"];
	return [
		`a JSON of ${plain.body.length} bytes is sent as`,
		`${packed.body.length} bytes${encoding === undefined ? "" : ` (${encoding})`}`,
	];
}

async function askLimit({ port }: Program): Promise<Rows[number]> {
	const connection = openConnection();
	const counts = new Map<number, number>();
	for (let sent = 0; sent < REQUESTS_OF_ONE_CLIENT; sent++) {
		const { status } = await send(port, { path: "/hello", from: "203.0.113.7", connection });
		counts.set(status, (counts.get(status) ?? 0) + 1);
	}
	connection.destroy();
	const answered = [...counts].map(([status, count]) => `${count} x ${status}`).join(", ");
	return [`${REQUESTS_OF_ONE_CLIENT} requests of one client`, answered];
}

/** Whether a text shows up in what the program writes; a line may come a moment after its answer. */
async function appears(program: Program, text: string): Promise<boolean> {
	for (let tries = 0; tries < 20; tries++) {
		if (program.output().includes(text)) return true;
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	return false;
}
