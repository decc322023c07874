import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { readSignedId } from "./signed-id.ts";

const NEW = "a secret of thirty-two characters";
const OLD = "the secret that it was before that";
const signature = (id: string, secret: string): string =>
	createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
const cookie = (id: string, secret = NEW): string =>
	`sid=${encodeURIComponent(`s:${id}.${signature(id, secret)}`)}`;
const read = (header: string | undefined): string | undefined => readSignedId(header, "sid", [NEW, OLD])?.id;

test("the id of a cookie that one of the secrets has signed", () => {
	assert.equal(read(cookie("abc")), "abc");
	assert.equal(read(cookie("abc", OLD)), "abc");
	assert.equal(read(`a=1; ${cookie("abc")}; sid=other`), "abc");
	assert.equal(read(cookie("with.dots")), "with.dots");
	const signedNow = (secret: string) => readSignedId(cookie("abc", secret), "sid", [NEW, OLD])?.signed;
	assert.deepEqual([signedNow(NEW), signedNow(OLD)], [`abc.${signature("abc", NEW)}`, undefined]);
});

test("one that is known counts for its own secrets only, and one that is nearly the same for none", () => {
	const good = cookie("known");
	assert.equal(read(good), "known");
	assert.equal(read(good), "known");
	assert.equal(readSignedId(good, "sid", ["another secret of thirty characters"]), undefined);
	assert.equal(readSignedId(good, "sid", [OLD]), undefined);
	assert.equal(readSignedId(good, "sid", [OLD, NEW])?.signed, undefined);
	const lastChanged = `${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`;
	for (const forged of [good.slice(0, -1), good.replace("known", "knowm"), lastChanged]) {
		assert.equal(read(forged), undefined);
	}
});

test("so many are remembered and no more, and the others are read as ever", () => {
	const secrets = [NEW];
	const cookies = Array.from({ length: 10_200 }, (_, index) => cookie(`many-${index}`));
	for (const one of cookies) assert.notEqual(readSignedId(one, "sid", secrets), undefined);
	for (const one of [cookies[0]!, cookies.at(-1)!]) {
		assert.equal(readSignedId(one, "sid", secrets)?.id, /many-\d+/.exec(one)![0]);
	}
});

test("nothing of one that none has, or that is not there", () => {
	const good = cookie("abc");
	const headers = [
		undefined,
		"",
		"sid",
		"sid=",
		"sid=s:",
		"sid=s:.x",
		"sid=abc",
		"sid=%zz",
		"notsid=1",
		cookie("abc", "a third one, which is not ours at all"),
		good.slice(0, -1),
		`${good}x`,
		good.replace("s%3A", ""),
		`xsid=${good.slice(4)}`,
	];
	for (const header of headers) assert.equal(read(header), undefined, header);
});
