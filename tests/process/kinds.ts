/** A kind of server that the same scenarios run on; its name is a column of the matrix. */
export interface Kind {
	readonly name: string;
	/** In `programs/`, with the same routes on every kind. */
	readonly program: string;
	/** By an adapter; the bootstrap takes no options, and answers no probes. */
	readonly hasAdapter?: true;
	readonly isTls?: true;
	/** The bootstrap comes by --import, before any line of the program. */
	readonly isPreloaded?: true;
}

export const EXPRESS_4: Kind = { name: "Express 4", program: "express-4.mjs", hasAdapter: true };
export const EXPRESS_5: Kind = { name: "Express 5", program: "express-5.mjs", hasAdapter: true };
/** `register` is not awaited. */
export const FASTIFY_PLUGIN: Kind = {
	name: "Fastify plugin",
	program: "fastify-plugin.mjs",
	hasAdapter: true,
};
export const FASTIFY_CREATE_APP: Kind = {
	name: "Fastify createApp",
	program: "fastify-create-app.mjs",
	hasAdapter: true,
};
export const NODE: Kind = { name: "node:http", program: "plain.mjs" };
export const NODE_PRELOADED: Kind = {
	name: "node:http --import",
	program: "plain-preloaded.mjs",
	isPreloaded: true,
};
export const EXPRESS_5_HTTPS: Kind = {
	name: "Express 5 https",
	program: "express-5-https.mjs",
	hasAdapter: true,
	isTls: true,
};
export const FASTIFY_HTTPS: Kind = {
	name: "Fastify https",
	program: "fastify-https.mjs",
	hasAdapter: true,
	isTls: true,
};
export const NODE_HTTPS: Kind = { name: "node:https", program: "https.mjs", isTls: true };
export const FASTIFY_HTTP2: Kind = { name: "Fastify HTTP/2", program: "fastify-http2.mjs", hasAdapter: true };
export const NODE_HTTP2: Kind = { name: "node:http2", program: "http2.mjs" };

export const HTTPS: readonly Kind[] = [EXPRESS_5_HTTPS, FASTIFY_HTTPS, NODE_HTTPS];
/** They speak without TLS unless a test gives them a certificate. */
export const HTTP2: readonly Kind[] = [FASTIFY_HTTP2, NODE_HTTP2];
export const PLAINTEXT: readonly Kind[] = [
	EXPRESS_4,
	EXPRESS_5,
	FASTIFY_PLUGIN,
	FASTIFY_CREATE_APP,
	NODE,
	NODE_PRELOADED,
];
export const HTTP1: readonly Kind[] = [...PLAINTEXT, ...HTTPS];
export const ALL_KINDS: readonly Kind[] = [...HTTP1, ...HTTP2];
/** Those that take options by code. */
export const ADAPTERS: readonly Kind[] = PLAINTEXT.filter(({ hasAdapter }) => hasAdapter);
/** One of each: for what is the process' own and asks neither for a version nor for TLS. */
export const FAMILIES: readonly Kind[] = [EXPRESS_5, FASTIFY_PLUGIN, NODE];
