import type { Code } from "../errors.ts";

/** What a session holds of itself, and no program may write over. */
const OWN = new Set(["cookie", "id", "req", "sessionId", "encryptedSessionId", "__proto__"]);

/** Puts what a login knows into the new session. */
export function assignFields(session: object, fields: Readonly<Record<string, unknown>>): void {
	for (const [key, value] of Object.entries(fields)) {
		if (!OWN.has(key)) (session as Record<string, unknown>)[key] = value;
	}
}

/** Told to the program, which asks for a session where none is kept. */
export function noSession(call: string): Error {
	const code: Code = "SESSION_ABSENT";
	return Object.assign(new Error(`${call}: this request has no session -> ${HINT}`), { code });
}

const HINT = "set SESSION_SECRET, or session: { secret }, and mount productionReady() before the route";
