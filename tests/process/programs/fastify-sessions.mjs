import { logIn, logOut } from "@production-ready/fastify";
import { held } from "./bodies.mjs";

export function routeSessions(app) {
	app.get("/look", async ({ session }) => ({ views: session?.views ?? null, user: session?.user ?? null }));
	app.get("/views", async (request) => {
		request.session.views = (request.session.views ?? 0) + 1;
		return { views: request.session.views };
	});
	app.get("/writes-late", async (request) => {
		await held();
		request.session.late = true;
		return { written: true };
	});
	app.get("/login", async (request) => {
		await logIn(request, { user: "ada" });
		return { user: "ada" };
	});
	app.get("/logout", async (request) => {
		await logOut(request);
		return { user: null };
	});
}
