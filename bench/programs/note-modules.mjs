/** Preloaded: notes every file that is loaded, except the programs themselves. */
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
	load(url, context, next) {
		if (url.startsWith("file:") && !url.includes("/bench/programs/")) {
			appendFileSync(process.env.MODULES_FILE, `${url}\n`);
		}
		return next(url, context);
	},
});
