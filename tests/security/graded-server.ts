import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Options } from "@production-ready/core";
import { cspNonce } from "@production-ready/core/context";
import { uninstall } from "@production-ready/core/lifecycle";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import express from "express";
import type { FastifyInstance } from "fastify";
import { certificate } from "../process/certificate.ts";

export const PRESETS = ["api", "web", "internal"] as const;
export const FRAMEWORKS = ["Express", "Fastify"] as const;
export type PresetName = (typeof PRESETS)[number];
export type FrameworkName = (typeof FRAMEWORKS)[number];

export interface Graded {
	readonly port: number;
	close(): Promise<void>;
}

/** Answers of each kind that a grader may come upon. */
export const PATHS = ["/", "/logout", "/nowhere", "/broken", "/elsewhere", "/livez", "/robots.txt"] as const;

const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
const LOGOUT = { headers: { clearSiteData: true } };
const HTML = "text/html; charset=utf-8";

function page(): string {
	return `<!doctype html><title>A page</title><script nonce="${cspNonce()}">document.title += "."</script>`;
}

/**
 * A small app with a preset as it comes, in production and over https, on loopback. Pages have a script and a session,
 * which is what the preset `web` is for; an API answers JSON.
 */
export async function startGraded(framework: FrameworkName, preset: PresetName): Promise<Graded> {
	uninstall();
	Object.assign(process.env, { NODE_ENV: "production", LOG_LEVEL: "silent", SESSION_SECRET: SECRET });
	const options = { preset, platform: "plain" } as const satisfies Options;
	const tls = {
		key: readFileSync(certificate().TLS_KEY!),
		cert: readFileSync(certificate().TLS_CERT!),
	};
	return framework === "Express" ? startExpress(options, tls) : startFastify(options, tls);
}

type Tls = Readonly<Record<"key" | "cert", Buffer>>;
type Some = { readonly preset: PresetName; readonly platform: "plain" };

async function startExpress(options: Some, tls: Tls): Promise<Graded> {
	const app = express();
	app.use(onExpress.productionReady(options));
	app.get("/", (request, response) => {
		if (options.preset !== "web") {
			response.json({ hello: "world" });
			return;
		}
		Object.assign(request.session, { visits: 1 });
		response.type(HTML).send(page());
	});
	app.get(
		"/logout",
		onExpress.headers(LOGOUT.headers),
		(_request, response) => void response.json({ bye: 1 }),
	);
	app.get("/elsewhere", (_request, response) => response.redirect("/"));
	app.get("/broken", () => {
		throw new Error("broken");
	});
	const server = https.createServer(tls, app).listen(0, "localhost");
	await once(server, "listening");
	return {
		port: (server.address() as AddressInfo).port,
		async close() {
			const closed = once(server, "close");
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

async function startFastify(options: Some, tls: Tls): Promise<Graded> {
	// Which type of server Fastify gives is told by the literal, and ours is not one.
	const app = (await onFastify.createApp(options, { https: tls } as never)) as unknown as FastifyInstance;
	app.get("/", async (request, reply) => {
		if (options.preset !== "web") return { hello: "world" };
		Object.assign(request.session, { visits: 1 });
		return reply.type(HTML).send(page());
	});
	app.get("/logout", { config: { productionReady: LOGOUT } }, async () => ({ bye: 1 }));
	app.get("/elsewhere", async (_request, reply) => reply.redirect("/"));
	app.get("/broken", async () => {
		throw new Error("broken");
	});
	await app.listen({ port: 0, host: "localhost" });
	return {
		port: (app.server.address() as AddressInfo).port,
		async close() {
			app.server.closeAllConnections();
			await app.close();
		},
	};
}
