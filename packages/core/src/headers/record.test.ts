import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import type { HelmetOptions } from "helmet";
import { recordHelmet } from "./record.ts";

const helmet = createRequire(import.meta.url)("helmet") as typeof import("helmet").default;

/** What helmet really does to a response of Node's, run as the middleware that it is. */
function reallySet(options: HelmetOptions): [string, unknown][] {
	const request = new IncomingMessage(new Socket());
	const response = new ServerResponse(request);
	response.setHeader("X-Powered-By", "a framework");
	let passed: unknown = "not called";
	helmet(options)(request, response, (error) => {
		passed = error;
	});
	assert.equal(passed, undefined);
	return response.getHeaderNames().map((name) => [name, response.getHeader(name)]);
}

/** The same from the notes. */
function replayed(options: HelmetOptions): [string, unknown][] {
	const { set, remove } = recordHelmet(options);
	const response = new ServerResponse(new IncomingMessage(new Socket()));
	response.setHeader("X-Powered-By", "a framework");
	for (const [name, value] of set) response.setHeader(name, value);
	for (const name of remove) response.removeHeader(name);
	return response.getHeaderNames().map((name) => [name, response.getHeader(name)]);
}

describe("the notes say what helmet does", () => {
	const table: Readonly<Record<string, HelmetOptions>> = {
		"with its defaults": {},
		"with nothing but one header": {
			contentSecurityPolicy: false,
			crossOriginOpenerPolicy: false,
			crossOriginResourcePolicy: false,
			originAgentCluster: false,
			referrerPolicy: false,
			strictTransportSecurity: false,
			xContentTypeOptions: false,
			xDnsPrefetchControl: false,
			xDownloadOptions: false,
			xFrameOptions: { action: "deny" },
			xPermittedCrossDomainPolicies: false,
			xPoweredBy: false,
			xXssProtection: false,
		},
		"with values of its own": {
			contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'self'", "cdn.example"] } },
			crossOriginEmbedderPolicy: true,
			referrerPolicy: { policy: ["origin", "unsafe-url"] },
			strictTransportSecurity: { maxAge: 123, includeSubDomains: false, preload: true },
			xFrameOptions: { action: "sameorigin" },
			xDnsPrefetchControl: { allow: true },
		},
		"in report-only mode": { contentSecurityPolicy: { reportOnly: true } },
		"in its older spelling": { frameguard: { action: "deny" }, hsts: { maxAge: 1 }, hidePoweredBy: false },
	};
	for (const [name, options] of Object.entries(table)) {
		test(name, () => {
			assert.deepEqual(replayed(options), reallySet(options));
		});
	}
});

test("what helmet refuses, it refuses while it is recorded", () => {
	const refused: readonly unknown[] = [
		{ referrerPolicy: { policy: "nonsense" } },
		{ strictTransportSecurity: { maxAge: -1 } },
		{ hsts: {}, strictTransportSecurity: {} },
		{ contentSecurityPolicy: { directives: { defaultSrc: ["'self'; script-src *"] } } },
	];
	for (const options of refused) assert.throws(() => recordHelmet(options as HelmetOptions), Error);
});

test("the caller's options are left alone", () => {
	const options = { contentSecurityPolicy: { directives: { defaultSrc: ["'self'"] } } };
	const before = structuredClone(options);
	recordHelmet(options);
	assert.deepEqual(options, before);
});
