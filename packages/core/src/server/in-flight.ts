import type { IncomingMessage, ServerResponse } from "node:http";
import { announceClose, takeBackClose } from "./last-words.ts";

/** The requests of one connection that were read and are not answered yet, in their order. */
export interface InFlight {
	readonly size: number;
	requests(): IterableIterator<IncomingMessage>;
	add(request: IncomingMessage, response: ServerResponse): void;
	delete(request: IncomingMessage): void;
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
	const responses = new Map<IncomingMessage, ServerResponse>();

	return {
		get size() {
			return responses.size;
		},
		requests: () => responses.keys(),
		add: (request, response) => void responses.set(request, response),
		delete: (request) => void responses.delete(request),
		isAnswering: () => responses.size > 1 || [...responses.values()].some(({ headersSent }) => headersSent),
		unfinished: () => [...responses.values()].find(({ req, headersSent }) => !req.complete && !headersSent),
		receiving: () => [...responses.keys()].find(({ complete }) => !complete),
		announceLast() {
			const onTheWay = [...responses.values()];
			const last = onTheWay.pop();
			for (const response of onTheWay) takeBackClose(response);
			if (last !== undefined) announceClose(last);
		},
	};
}
