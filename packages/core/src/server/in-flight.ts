import type { IncomingMessage, ServerResponse } from "node:http";
import { announceClose, takeBackClose } from "./last-answer.ts";

/** The requests of one connection that were read and are not answered yet, in their order. */
export interface InFlight {
	readonly size: number;
	/** Since when the connection can carry requests, by `performance.now()`. */
	readonly sinceMs: number;
	/** Whether it has not carried any. */
	isUnused(): boolean;
	responses(): ServerResponse[];
	requests(): IncomingMessage[];
	add(response: ServerResponse): void;
	delete(response: ServerResponse): void;
	/** Whether other bytes of ours would come within an answer, or before one. */
	isAnswering(): boolean;
	/** The answer to the request whose body is still to come. */
	unfinished(): ServerResponse<IncomingMessage> | undefined;
	/** The request whose body is still to come, also where its answer is on the way already. */
	receiving(): IncomingMessage | undefined;
	/** Says on the last answer, and on no other, that the connection ends: Node ends it with the first that says so. */
	announceLast(): void;
}

export function createInFlight(): InFlight {
	// Mostly one at a time. A list that is emptied and filled again, or a map, would be made anew with each request.
	const places: (ServerResponse | undefined)[] = [undefined];
	const sinceMs = performance.now();
	let size = 0;
	let isUnused = true;
	const responses = (): ServerResponse[] => places.slice(0, size) as ServerResponse[];

	return {
		get size() {
			return size;
		},
		sinceMs,
		isUnused: () => isUnused,
		responses,
		requests: () => responses().map(({ req }) => req),
		add(response) {
			places[size++] = response;
			isUnused = false;
		},
		delete(response) {
			let place = places.indexOf(response);
			if (place === -1) return;
			size--;
			for (; place < size; place++) places[place] = places[place + 1];
			places[size] = undefined;
		},
		isAnswering: () => size > 1 || responses().some(({ headersSent }) => headersSent),
		unfinished: () => responses().find(({ req, headersSent }) => !req.complete && !headersSent),
		receiving: () => responses().find(({ req }) => !req.complete)?.req,
		announceLast() {
			const onTheWay = responses();
			const last = onTheWay.pop();
			for (const response of onTheWay) takeBackClose(response);
			if (last !== undefined) announceClose(last);
		},
	};
}
