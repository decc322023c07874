import type { IncomingMessage } from "node:http";

/** The URL as it came in: Express rewrites `url` below a mount path and keeps the first one aside. */
export function originalUrl(request: IncomingMessage & { originalUrl?: string }): string {
	return request.originalUrl ?? request.url ?? "/";
}
