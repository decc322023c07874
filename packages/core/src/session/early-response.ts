import type { ServerResponse } from "node:http";

/**
 * A response for a library that saves when the answer ends: what it does then can be done earlier. It takes `writeHead`,
 * `write` and `end` over, as it would there. The methods are shared, and what changes stands in fields: a request whose
 * session is touched makes one small object.
 */
export interface EarlyResponse {
	readonly real: ServerResponse;
	/** Tells that there is no head to be made. */
	readonly _header: string;
	statusCode: number;
	/** Called once the library lets the answer end. */
	ended: () => void;
	/** The arguments that are left for `writeHead`. */
	left: unknown[];
	cookiesBefore: number;
	cookiesAfter: number;
	getHeader(name: string): unknown;
	setHeader(name: string, value: string): void;
	appendHeader(name: string, value: string): void;
	removeHeader(name: string): void;
	writeHead(...args: unknown[]): void;
	write(): boolean;
	end(): void;
}

/** What is the same for all of them. */
const SHARED: ThisType<EarlyResponse> & Omit<EarlyResponse, keyof ReturnType<typeof ownFields>> = {
	get statusCode(): number {
		return (this as unknown as EarlyResponse).real.statusCode;
	},
	set statusCode(status: number) {
		(this as unknown as EarlyResponse).real.statusCode = status;
	},
	getHeader(name) {
		return this.real.getHeader(name);
	},
	setHeader(name, value) {
		this.real.setHeader(name, value);
		this.cookiesAfter = cookiesOf(this.real);
	},
	appendHeader(name, value) {
		this.real.appendHeader(name, value);
	},
	removeHeader(name) {
		this.real.removeHeader(name);
	},
	writeHead(...args) {
		this.left = args;
	},
	write: () => true,
	end() {
		this.ended();
	},
};

export function createEarlyResponse(real: ServerResponse): EarlyResponse {
	return Object.setPrototypeOf(ownFields(real), SHARED) as EarlyResponse;
}

function ownFields(real: ServerResponse) {
	return { real, _header: " ", ended: nothing, left: NONE, cookiesBefore: 0, cookiesAfter: 0 };
}

const nothing = (): void => {};
const NONE: unknown[] = [];

/** What the library does before it lets the answer end. */
export function endEarly(early: EarlyResponse, done: () => void): void {
	early.ended = done;
	early.end();
}

/** What it does when the head leaves: it sets its cookie. Gives the arguments that are left for `writeHead`. */
export function leaveEarly(early: EarlyResponse, args: unknown[]): unknown[] {
	early.cookiesBefore = early.cookiesAfter = cookiesOf(early.real);
	early.writeHead(...args);
	return early.left;
}

/** Whether it has set its cookie. */
export function hasCookie({ cookiesBefore, cookiesAfter }: EarlyResponse): boolean {
	return cookiesAfter > cookiesBefore;
}

function cookiesOf(response: ServerResponse): number {
	const cookies = response.getHeader("set-cookie");
	if (cookies === undefined) return 0;
	return Array.isArray(cookies) ? cookies.length : 1;
}
