import { ask } from "./ask.ts";

/** A browser: it keeps the cookies that it is given. */
export interface Visitor {
	ask(
		path: string,
		port?: number,
	): Promise<{ status: number; headers: Headers; text: string; json(): unknown }>;
	readonly cookies: Map<string, string>;
	/** As it goes over the wire. */
	cookie(): string;
}

export function createVisitor(port: number): Visitor {
	const cookies = new Map<string, string>();
	const visitor: Visitor = {
		cookies,
		cookie: () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
		async ask(path, at = port) {
			const reply = await ask(at, path, cookies.size > 0 ? { cookie: visitor.cookie() } : {});
			for (const line of reply.headers.getSetCookie()) {
				const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
				if (value === "") cookies.delete(name!);
				else cookies.set(name!, value!);
			}
			return { ...reply, json: () => JSON.parse(reply.text) as unknown };
		},
	};
	return visitor;
}

/** The id that the visitor's cookie is signed for. */
export function idOf({ cookies }: Visitor): string {
	const [value = ""] = cookies.values();
	return decodeURIComponent(value).replace(/^s:/, "").split(".")[0]!;
}
