import { assignFields, noSession, outageError } from "@production-ready/core/adapter";
import type { Request } from "express";
import { clearCookie } from "./session.ts";
import { enteredOf } from "./session-entered.ts";

/**
 * Begins a session of its own for whoever has just logged in: a new id, the old one dead, so that an id which somebody
 * has slipped to the client is worth nothing. Resolves when it is saved.
 */
export async function logIn(request: Request, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
	if (!request.session) throw noSession("logIn");
	await called((done) => request.session.regenerate(done));
	assignFields(request.session, fields);
	await called((done) => request.session.save(done));
}

/** Ends the session, in the store and at the client. Resolves when it is gone. */
export async function logOut(request: Request): Promise<void> {
	const { session } = request;
	if (!session) throw noSession("logOut");
	// It is not the one that the cookie names, which lives on.
	if (enteredOf(request)?.visit?.isOut) throw outageError();
	await called((done) => session.destroy(done));
	clearCookie(request, session.cookie);
}

function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
	return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}
