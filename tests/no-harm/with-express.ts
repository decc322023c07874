/**
 * Preloaded into Express' tests: every app they make has ours as its first middleware. It is mounted when Express makes
 * the app's router, which reads the settings that the tests set before they mount anything.
 */
import { productionReady } from "@production-ready/express";
import type { Express } from "express";
import { OPTIONS, replaceExports } from "./factory.ts";

/** The router of Express 4 is made by a method, that of Express 5 by a getter of the app's own. */
type App = Express & { lazyrouter?: () => void };

replaceExports<() => App>(
	"lib/express.js",
	(factory) =>
		new Proxy(factory, {
			apply(make, self, args) {
				const app = Reflect.apply(make, self, args) as App;
				if (app.lazyrouter === undefined) mountInExpress5(app);
				else mountInExpress4(app);
				return app;
			},
		}),
);

function mountInExpress5(app: App): void {
	const own = Object.getOwnPropertyDescriptor(app, "router")!;
	Object.defineProperty(app, "router", {
		configurable: true,
		get() {
			Object.defineProperty(app, "router", own);
			app.use(productionReady(OPTIONS));
			return app.router;
		},
	});
}

function mountInExpress4(app: App): void {
	const { lazyrouter, handle } = app as App & { lazyrouter: () => void; handle: App };
	const mount = (): void => {
		Object.assign(app, { lazyrouter, handle });
		app.use(productionReady(OPTIONS));
	};
	Object.assign(app, {
		lazyrouter: mount,
		// An app without a single route has no router.
		handle(...args: Parameters<App>) {
			mount();
			return handle.apply(app, args);
		},
	});
}
