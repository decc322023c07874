import type { ServerResponse } from "node:http";

type WriteHead = (...args: unknown[]) => ServerResponse;
type Given = readonly unknown[] | Readonly<Record<string, unknown>>;

const ownWriteHeads = new WeakMap<ServerResponse, WriteHead>();

/**
 * Says `Vary: Origin`, and sees to it that the answer still does when it leaves: whoever sets `Vary` puts another value in
 * its place, and a cache would hand the answer for one site to the next.
 */
export function keepVary(response: ServerResponse): void {
	response.setHeader("Vary", withOrigin(response.getHeader("Vary")));
	if (response.writeHead === writeHeadWithVary) return;
	// Another tool has put its own there: it goes on seeing every head.
	if (Object.hasOwn(response, "writeHead")) ownWriteHeads.set(response, response.writeHead as WriteHead);
	response.writeHead = writeHeadWithVary;
}

// One function for all responses.
function writeHeadWithVary(this: ServerResponse, ...args: unknown[]): ServerResponse {
	const writeHead: WriteHead = ownWriteHeads.get(this) ?? Object.getPrototypeOf(this).writeHead;
	const place = args[2] === undefined ? 1 : 2;
	const given = args[place];
	if (typeof given === "object" && given !== null) args[place] = withVary(given as Given);
	if (!this.headersSent) this.setHeader("Vary", withOrigin(this.getHeader("Vary")));
	return writeHead.apply(this, args);
}

/** What is handed to `writeHead` replaces what was set before: a list of names and values, or an object. */
function withVary(given: Given): Given {
	if (Array.isArray(given)) {
		return given.map((part, index) =>
			index % 2 === 1 && isVary(given[index - 1]) ? withOrigin(part) : part,
		);
	}
	const copy: Record<string, unknown> = { ...given };
	for (const name of Object.keys(copy)) if (isVary(name)) copy[name] = withOrigin(copy[name]);
	return copy;
}

function isVary(name: unknown): boolean {
	return String(name).toLowerCase() === "vary";
}

function withOrigin(value: unknown): string {
	const names = [value ?? []].flat().join(", ");
	if (/(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i.test(names)) return names;
	return names === "" ? "Origin" : `${names}, Origin`;
}
