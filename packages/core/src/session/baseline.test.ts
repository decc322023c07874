import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Comparable, mustSave, mustSendCookie, noteSave, openBaseline } from "./baseline.ts";
import { LIBRARY, type LibraryPolicy } from "./policy.ts";

interface Asked {
	/** What the cookie brought; by default the session's id. */
	readonly brought?: string | undefined;
	readonly isStored?: boolean;
	readonly policy?: Partial<LibraryPolicy>;
	readonly expires?: Date | null;
	readonly currentId?: unknown;
	/** What the program does. */
	readonly does?: (session: Record<string, unknown>) => void;
	readonly saves?: boolean;
}

/** Whether it is saved and whether the cookie is sent. */
function judged(asked: Asked): readonly [save: boolean, cookie: boolean] {
	const { brought = "a", isStored = true, policy = {}, expires = null, currentId = "a" } = asked;
	const library = { ...LIBRARY, ...policy };
	const session = Object.defineProperty({ cookie: { expires }, views: 1 }, "id", { value: "a" });
	const comparable = session as unknown as Comparable;
	const baseline = openBaseline(comparable, brought, isStored, library);
	asked.does?.(session as unknown as Record<string, unknown>);
	if (asked.saves) noteSave(baseline, comparable);
	return [
		mustSave(baseline, comparable, currentId, library),
		mustSendCookie(baseline, comparable, currentId, library),
	];
}

const later = new Date(0);
const writes = (session: Record<string, unknown>): void => {
	session.views = 2;
};
const prolongs = (session: Record<string, unknown>): void => {
	session.cookie = { expires: later };
};
const FRESH: Asked = { brought: "gone", isStored: false };

const CASES: Readonly<Record<string, readonly [Asked, save: boolean, cookie: boolean]>> = {
	"one that was only read": [{}, false, false],
	"one that was written to": [{ does: writes }, true, false],
	"one that was written to, with a cookie that has an end": [{ does: writes, expires: later }, true, true],
	"one that was only read, with such a cookie": [{ expires: later }, false, false],
	"its cookie alone": [{ does: prolongs }, false, false],
	"a new one that nobody wrote to": [FRESH, false, false],
	"a new one that was written to": [{ ...FRESH, does: writes }, true, true],
	"one that the program has saved": [{ ...FRESH, does: writes, saves: true }, false, true],
	"saveUninitialized: a new one": [{ ...FRESH, policy: { saveUninitialized: true } }, true, true],
	"resave: one that was only read": [{ policy: { resave: true } }, true, false],
	"resave: one that the program has saved": [{ policy: { resave: true }, saves: true }, false, false],
	"rolling: one that was only read": [{ policy: { rolling: true } }, false, true],
	"rolling: a new one that nobody wrote to": [{ ...FRESH, policy: { rolling: true } }, false, false],
	"an id that is none": [{ does: writes, currentId: 5 }, false, false],
};

describe("by the rules of express-session", () => {
	for (const [title, [asked, save, cookie]] of Object.entries(CASES)) {
		test(title, () => assert.deepEqual(judged(asked), [save, cookie]));
	}
});
