import type { ServerResponse } from "node:http";

/** A response for a library that saves when the answer ends: what it does then can be done earlier. */
export interface EarlyResponse {
	/** For the library, in place of the response: it takes `writeHead`, `write` and `end` over, as it would there. */
	readonly response: ServerResponse;
	/** What the library does before it lets the answer end. */
	end(done: () => void): void;
	/** What it does when the head leaves: it sets its cookie. Gives the arguments that are left for `writeHead`. */
	head(args: unknown[]): unknown[];
	/** Whether it has set its cookie. */
	hasCookie(): boolean;
}

export function createEarlyResponse(real: ServerResponse): EarlyResponse {
	let ended = (): void => {};
	let left: unknown[] = [];
	let cookiesBefore = 0;
	let cookiesAfter = 0;
	const response = {
		// Tells that there is no head to be made.
		_header: " ",
		get statusCode(): number {
			return real.statusCode;
		},
		set statusCode(status: number) {
			real.statusCode = status;
		},
		getHeader: (name: string) => real.getHeader(name),
		setHeader(name: string, value: string) {
			real.setHeader(name, value);
			cookiesAfter = cookiesOf(real);
		},
		appendHeader: (name: string, value: string) => real.appendHeader(name, value),
		removeHeader: (name: string) => real.removeHeader(name),
		writeHead(...args: unknown[]) {
			left = args;
		},
		write: () => true,
		end() {
			ended();
		},
	};
	const seen = response as unknown as ServerResponse;
	return {
		response: seen,
		end(done) {
			ended = done;
			seen.end();
		},
		head(args) {
			cookiesBefore = cookiesAfter = cookiesOf(real);
			seen.writeHead(...(args as [number]));
			return left;
		},
		hasCookie: () => cookiesAfter > cookiesBefore,
	};
}

function cookiesOf(response: ServerResponse): number {
	return [response.getHeader("set-cookie") ?? []].flat().length;
}
