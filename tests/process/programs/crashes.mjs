/** Ways to end, by name; each a turn after the request that asked for it was answered. */
const REVOKED = new Proxy(
	{},
	{
		get: () => {
			throw new Error("even a look at it throws");
		},
	},
);

const CRASHES = {
	error: () => {
		throw new Error("thrown in a timer");
	},
	rejection: () => void Promise.reject(new Error("handled by nobody")),
};
const VALUES = { null: null, undefined, symbol: Symbol("thrown symbol"), proxy: REVOKED };

export function crash(how) {
	setTimeout(() => {
		if (how in VALUES) throw VALUES[how];
		CRASHES[how]();
	}, 1);
}

export const overflow = () => overflow() + 1;
