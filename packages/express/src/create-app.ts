import { createRequire } from "node:module";
import type { Express } from "express";
import type { Options } from "./options.ts";
import { productionReady } from "./production-ready.ts";

const require = createRequire(import.meta.url);

/** Express' own settings, as `app.set` takes them. */
export type Settings = Readonly<Record<string, unknown>>;

/** An Express app with `productionReady(options)` mounted. Express' own settings come second, and are set first. */
export function createApp(options?: Options, settings: Settings = {}): Express {
	const app: Express = (require("express") as typeof import("express"))();
	for (const [name, value] of Object.entries(settings)) app.set(name, value);
	app.use(productionReady(options));
	return app;
}
