import { textOf } from "./baseline.ts";
import type { SaveOutcome } from "./hold.ts";
import { findMisfit, findPlainMisfit, misfitError } from "./misfit.ts";
import { isOutage, outageVerdict } from "./outage.ts";
import type { Visit } from "./visit.ts";

/** How the saves of a request have ended. */
export function outcomeOf({ failure }: Visit, requestId: string): SaveOutcome {
	if (failure === undefined) return undefined;
	return isOutage(failure) ? { verdict: outageVerdict(requestId) } : { error: failure };
}

/** What would vanish without a word, as an error; nothing where all is well. */
export function unsavable(session: object | null | undefined): Error | undefined {
	const misfit = session ? findPlainMisfit(session) : undefined;
	return misfit === undefined ? undefined : misfitError(misfit);
}

/** Why a library could not even look whether a session has changed, in words that name the key. */
export function refusalOf(session: object | null | undefined, error: unknown): unknown {
	const misfit = session ? findMisfit(session) : undefined;
	return misfit === undefined ? error : misfitError(misfit);
}

/** A session as text, to see whether it changes behind the head of an answer; nothing of what has none. */
export function sessionText(session: object | null | undefined): string | undefined {
	if (!session) return undefined;
	try {
		return textOf(session);
	} catch {
		return undefined;
	}
}

/** Whether a session that the client knows has changed since its text was taken. */
export function hasChanged(
	session: object | null | undefined,
	id: string,
	text: string | undefined,
	visit: Visit,
): boolean {
	const isKnown = (visit.isLoaded || visit.keptId !== undefined) && id !== visit.goneId;
	return isKnown && Boolean(session) && sessionText(session) !== text;
}
