import { assignFields, noSession, outageError } from "@production-ready/core/adapter";
import type { FastifyRequest } from "fastify";
import { clearCookie } from "./session.ts";
import { enteredOf } from "./session-entered.ts";

/**
 * Begins a session of its own for whoever has just logged in: a new id, the old one dead, so that an id which somebody
 * has slipped to the client is worth nothing. Resolves when it is saved.
 */
export async function logIn(
	request: FastifyRequest,
	fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
	if (!request.session?.regenerate) throw noSession("logIn");
	await request.session.regenerate();
	assignFields(request.session, fields);
	await request.session.save();
}

/** Ends the session, in the store and at the client. Resolves when it is gone. */
export async function logOut(request: FastifyRequest): Promise<void> {
	const { session } = request;
	if (!session?.destroy) throw noSession("logOut");
	// It is not the one that the cookie names, which lives on.
	if (enteredOf(request)?.visit?.isOut) throw outageError();
	await session.destroy();
	clearCookie(request, session.cookie);
}
