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

/** Behind the head of an answer a session is saved only where the client knows it. */
export function isKnown({ isLoaded, keptId, goneId }: Visit, id: string): boolean {
	return (isLoaded || keptId !== undefined) && id !== goneId;
}
