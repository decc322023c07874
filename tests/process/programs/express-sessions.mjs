import { logIn, logOut } from "@production-ready/express";
import { held } from "./bodies.mjs";

export function routeSessions(app) {
	app.get("/look", ({ session }, response) =>
		response.json({ views: session?.views ?? null, user: session?.user ?? null }),
	);
	app.get("/views", (request, response) => {
		request.session.views = (request.session.views ?? 0) + 1;
		response.json({ views: request.session.views });
	});
	app.get("/writes-late", async (request, response) => {
		await held();
		request.session.late = true;
		response.json({ written: true });
	});
	app.get("/login", async (request, response) => {
		await logIn(request, { user: "ada" });
		response.json({ user: "ada" });
	});
	app.get("/logout", async (request, response) => {
		await logOut(request);
		response.json({ user: null });
	});
}
