import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface Ask {
	readonly path: string;
	readonly method?: "GET" | "POST";
	/** The client's address, as a proxy in front would tell it. */
	readonly from?: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** A connection of its own where none is given. */
	readonly connection?: Agent;
}

export interface Answer {
	/** 0 where there was no whole answer. */
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
	/** Why there was none: nobody listened, or the connection was cut while the request was on its way. */
	readonly failure: "refused" | "cut" | undefined;
}

const TIMEOUT_MS = 20_000;

/** One keep-alive connection, as a proxy or a browser holds it. */
export function openConnection(): Agent {
	return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** Sends one request; a failure is an answer too. */
export function send(port: number, ask: Ask): Promise<Answer> {
	const { promise, resolve } = Promise.withResolvers<Answer>();
	const fail = (failure: "refused" | "cut"): void =>
		resolve({ status: 0, headers: {}, body: Buffer.alloc(0), failure });
	const request = httpRequest(
		{
			host: "127.0.0.1",
			port,
			path: ask.path,
			method: ask.method ?? "GET",
			agent: ask.connection ?? false,
			headers: { ...(ask.from && { "x-forwarded-for": ask.from }), ...ask.headers },
			timeout: TIMEOUT_MS,
		},
		(response) => {
			const chunks: Buffer[] = [];
			response.on("data", (chunk: Buffer) => chunks.push(chunk));
			response.on("error", () => fail("cut"));
			response.on("end", () =>
				resolve({
					status: response.statusCode ?? 0,
					headers: response.headers,
					body: Buffer.concat(chunks),
					failure: undefined,
				}),
			);
		},
	);
	request.on("timeout", () => request.destroy(new Error("no answer")));
	request.on("error", (error: NodeJS.ErrnoException) =>
		fail(error.code === "ECONNREFUSED" ? "refused" : "cut"),
	);
	request.end();
	return promise;
}
