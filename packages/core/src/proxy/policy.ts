import type { Facts } from "../exchange/room.ts";
import { compileTrust, type Trust, trustHops } from "./trust.ts";

export interface ProxyValues {
	hops: number | undefined;
	trust: readonly string[] | undefined;
	clientHeader: string | undefined;
	explainPath: string | false;
	token: string | undefined;
}

export interface ProxyPolicy {
	readonly trust: Trust;
	readonly clientHeader: string | undefined;
	/** Somebody has said whether there are proxies: the program, the environment or the platform. */
	readonly isKnown: boolean;
	/** There is a proxy to be believed. */
	readonly isTrusting: boolean;
	/** What was said, and by whom. */
	readonly setting: Pick<ProxyValues, "hops" | "trust" | "clientHeader"> & { readonly origin: string };
	/** Nothing where nobody may ask. */
	readonly explainPath: string | undefined;
	readonly token: string | undefined;
}

export function policy(values: Readonly<ProxyValues>, { mode, originOf }: Facts): ProxyPolicy {
	const { hops, trust, clientHeader, explainPath, token } = values;
	const mayBeAsked = token !== undefined || mode === "development";
	return Object.freeze({
		trust: trust === undefined ? trustHops(hops ?? 0) : compileTrust(trust),
		clientHeader,
		isKnown: hops !== undefined || trust !== undefined,
		isTrusting: (hops ?? 0) > 0 || (trust?.length ?? 0) > 0,
		setting: { hops, trust, clientHeader, origin: originOf?.(`proxy.${decidingKey(values)}`) ?? "default" },
		explainPath: mayBeAsked ? explainPath || undefined : undefined,
		token,
	});
}

function decidingKey({ trust }: Readonly<ProxyValues>): keyof ProxyValues {
	return trust === undefined ? "hops" : "trust";
}

/** Who is believed, in words. */
export function inForce(values: Readonly<ProxyValues>): readonly [key: keyof ProxyValues, text: string] {
	const { hops, trust, clientHeader } = values;
	const key = decidingKey(values);
	const header = clientHeader === undefined ? "" : `, first of all their ${clientHeader}`;
	if (trust !== undefined && trust.length > 0) return [key, `believed: ${trust.join(", ")}${header}`];
	if (hops === undefined && trust === undefined) return [key, "nobody is believed, and nobody has said why"];
	if (!hops) return [key, "nobody is believed"];
	return [key, `believed: the ${hops === 1 ? "peer" : `${hops} nearest peers`}, whoever it is${header}`];
}
