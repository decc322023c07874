/** Clients with a session: each has logged in, and keeps its cookie. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "./server.ts";

export const VISITORS = 200;

const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-visitors-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Logs them in, and gives the file with their `Cookie` headers. */
export async function logIn(server: Server): Promise<string> {
	const cookies: string[] = [];
	for (let visitor = 0; visitor < VISITORS; visitor++) {
		cookies.push(cookieIn(await setCookieOf(server, `198.18.0.${visitor}`)));
	}
	const file = join(folder, String(++files));
	writeFileSync(file, `${cookies.join("\n")}\n`);
	return file;
}

/** What a client sends back of what it was told to keep. */
export const cookieIn = (setCookie: string): string => setCookie.split(";", 1)[0]!;

/** A stack whose Redis is not connected yet refuses to lose a session: it is asked again. */
export async function setCookieOf(server: Server, address: string): Promise<string> {
	for (let tries = 0; tries < 100; tries++) {
		const reply = await fetch(`http://127.0.0.1:${server.port}/login`, {
			headers: { "x-forwarded-proto": "https", "x-forwarded-for": address },
		});
		await reply.arrayBuffer();
		const [cookie] = reply.headers.getSetCookie();
		if (cookie !== undefined) return cookie;
		await pause(20);
	}
	throw new Error(`${server.arm.program} gives no session`);
}
