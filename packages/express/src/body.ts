import { createRequire } from "node:module";
import { exchangeOf, type JsonPartOptions, openJsonPart, writeVerdict } from "@production-ready/core/adapter";
import type { json as expressJson, RequestHandler } from "express";
import { markLimits } from "./routes.ts";

const require = createRequire(import.meta.url);

type LibraryOptions = NonNullable<Parameters<typeof expressJson>[0]>;
export type JsonOptions = Omit<LibraryOptions, keyof JsonPartOptions> & JsonPartOptions;

/**
 * Express' JSON parser, with guards against depth, keys and prototypes. Takes what `express.json` takes; its limit is what
 * the app allows a body.
 */
export function json(options?: JsonOptions): RequestHandler {
	const part = openJsonPart(options);
	const { json } = require("express") as typeof import("express");
	// What the library does not take stops the boot.
	json({ ...part.library });
	const parsers = new Map<number, RequestHandler>();

	/** An app has few limits, and each its parser. */
	function parserFor(limit: number): RequestHandler {
		const known = parsers.get(limit);
		if (known !== undefined) return known;
		const parser = json({ ...part.library, limit });
		parsers.set(limit, parser);
		return parser;
	}

	const handle: RequestHandler = (request, response, next) => {
		const parse = parserFor(part.limitsOf(request).maxBodyBytes);
		parse(request, response, (error?: unknown) => {
			const verdict = error === undefined ? part.judge(request, request.body) : undefined;
			if (verdict === undefined) {
				next(error);
				return;
			}
			const exchange = exchangeOf(request);
			if (exchange !== undefined) exchange.isAnswered = true;
			writeVerdict(response, verdict);
		});
	};
	return markLimits(handle, part.own);
}
