import type { Framework, Passage, Verdict } from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { routeOverrides } from "./routes.ts";

/** How Fastify sees a request. */
export const FASTIFY: Framework<FastifyRequest> = {
	name: "fastify",
	// Without `trustProxy` at construction there are no `ips`, and Fastify knows the socket only.
	clientAddress: (request) => (request.ips === undefined ? undefined : request.ip),
	isSecure: (request) => (request.ips === undefined ? undefined : request.protocol === "https"),
	route: (request) => request.routeOptions.url,
	overrides: (request) => routeOverrides(request.routeOptions.config.productionReady),
};

/** Whether the app was constructed with `trustProxy`, which Fastify decides then and never again. */
export function trustsProxies(instance: FastifyInstance): boolean {
	return instance.hasRequestDecorator("ips");
}

export function passageOf(reply: FastifyReply, done: (error?: Error) => void): Passage {
	return {
		answer: (verdict) => sendVerdict(reply, verdict),
		next: (error) => done(error as Error | undefined),
	};
}

export function sendVerdict(reply: FastifyReply, { status, headers, body }: Verdict): void {
	reply.code(status);
	for (const [name, value] of headers) reply.header(name, value);
	reply.send(status === 204 ? undefined : body);
}
