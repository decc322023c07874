import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface Outcome {
	readonly stdout: string;
	readonly stderr: string;
	readonly code: number | null;
	/** The lines of standard output that are JSON. */
	// biome-ignore lint/suspicious/noExplicitAny: a line holds what was logged.
	readonly lines: Readonly<Record<string, any>>[];
}

/** Runs a module in a process of its own, with these variables and none of ours. */
export async function runProgram(source: string, env: Record<string, string> = {}): Promise<Outcome> {
	const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
		cwd: import.meta.dirname,
		env: { PATH: process.env.PATH, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const [stdout, stderr, [code]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "close") as Promise<[number | null]>,
	]);
	const lines = stdout
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line) => JSON.parse(line));
	return { stdout, stderr, code, lines };
}

/** The least program of each framework: `routes` on an `app`, `requests` to its `url`, and its end. */
export const PROGRAMS: Readonly<
	Record<string, (options: string, routes: string, requests: string) => string>
> = {
	"Express 4": expressProgram("express4"),
	"Express 5": expressProgram("express"),
	Fastify: (options, routes, requests) => `
		import { fastify } from "fastify";
		import { productionReady } from "@production-ready/fastify";
		const app = fastify();
		app.register(productionReady, ${options});
		${routes}
		const url = await app.listen({ port: 0, host: "127.0.0.1" });
		${requests}
		await app.close();
	`,
};

function expressProgram(library: string): (options: string, routes: string, requests: string) => string {
	return (options, routes, requests) => `
		import { once } from "node:events";
		import { createServer } from "node:http";
		import express from "${library}";
		import { productionReady } from "@production-ready/express";
		const app = express();
		app.use(productionReady(${options}));
		${routes}
		const server = createServer(app).listen(0, "127.0.0.1");
		await once(server, "listening");
		const url = "http://127.0.0.1:" + server.address().port;
		${requests}
		server.close();
	`;
}
