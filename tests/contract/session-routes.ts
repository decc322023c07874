import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import type { Call, Factory, Route } from "./servers.ts";
import { tell } from "./servers.ts";

/** A session as both libraries have it, as far as the tests use it. */
export interface TestSession {
	// biome-ignore lint/suspicious/noExplicitAny: a test puts into it what it likes.
	[key: string]: any;
	cookie: { maxAge?: number | null; originalMaxAge: number | null; expires?: Date | null };
	save(callback: (error?: unknown) => void): void;
	destroy(callback: (error?: unknown) => void): void;
	regenerate(callback: (error?: unknown) => void): void;
	reload(callback: (error?: unknown) => void): void;
}

export function sessionOf(call: Call): TestSession {
	return (call.native as unknown as { session: TestSession }).session;
}

export function idOf(call: Call): string {
	const { session, sessionID } = call.native as unknown as { session?: TestSession; sessionID?: string };
	return sessionID ?? session?.sessionId;
}

/** The calls that both packages export. */
export function loginOf(framework: Factory["framework"]): {
	logIn(call: Call, fields?: Record<string, unknown>): Promise<void>;
	logOut(call: Call): Promise<void>;
} {
	const { logIn, logOut } = framework === "express" ? onExpress : onFastify;
	return {
		logIn: (call, fields) => logIn(call.native as never, fields),
		logOut: (call) => logOut(call.native as never),
	};
}

export function called(run: (done: (error?: unknown) => void) => void): Promise<void> {
	return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}

/** Routes that most of the tests need. */
export function sessionRoutes(framework: Factory["framework"]): readonly Route[] {
	const { logIn, logOut } = loginOf(framework);
	return [
		tell("/views", (call) => {
			const session = sessionOf(call);
			session.views = (session.views ?? 0) + 1;
			return session.views;
		}),
		tell("/look", (call) => {
			const session = sessionOf(call);
			return {
				views: session?.views ?? null,
				user: session?.user ?? null,
				keys: Object.keys(session ?? {}).sort(),
			};
		}),
		tell("/id", idOf),
		tell("/none", () => "none"),
		tell("/login", async (call) => {
			// What a session holds of itself is not to be written over by what a form has sent.
			await logIn(call, { user: "ada", cookie: "mine", id: "mine", sessionId: "mine" });
			return idOf(call);
		}),
		tell("/logout", async (call) => {
			await logOut(call);
			return "bye";
		}),
	];
}
