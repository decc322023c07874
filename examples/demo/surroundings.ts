/** Behind one proxy, in production: so the clients' addresses come from it. */
export const PROXIED: Readonly<Record<string, string>> = { NODE_ENV: "production", TRUST_PROXY: "1" };

/** The same in a pod: the cluster sets this variable, and goes on sending requests for a while after its signal. */
export const IN_CLUSTER: Readonly<Record<string, string>> = {
	...PROXIED,
	KUBERNETES_SERVICE_HOST: "10.96.0.1",
};
