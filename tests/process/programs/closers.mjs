import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { onShutdown, shutdown } from "@production-ready/core/lifecycle";
import { handle } from "./plain-routes.mjs";
import { options, port, serving, tell } from "./stage.mjs";

const WAYS = {
	fine: () => {},
	throws: () => {
		throw new Error("cannot close");
	},
	rejects: () => Promise.reject(null),
	hangs: () => new Promise(() => {}),
	"ends again": () => void shutdown("a closer"),
	removed: () => {},
};
for (const [name, { way, timeoutMs }] of Object.entries(options)) {
	const close = () => {
		tell(`closes ${name}`);
		return WAYS[way]();
	};
	const remove = onShutdown(name, close, timeoutMs && { timeoutMs });
	if (way === "removed") remove();
}
serving(createServer(handle).listen(port));
