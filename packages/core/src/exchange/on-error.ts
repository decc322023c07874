/** Hears of an error that reached the framework, for an error tracker. */
export type OnError = (error: unknown, context: ErrorContext) => unknown;

export interface ErrorContext {
	readonly requestId: string;
	readonly method: string;
	readonly path: string;
	readonly status: number;
}
