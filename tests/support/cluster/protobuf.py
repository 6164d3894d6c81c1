"""Reads the one kind of object that kubectl writes in protobuf: access reviews. The envelope is "k8s\\0" and a message whose
field 2 is the object; there, field 2 is its spec, and field 1 of that what is asked about (authorization/v1)."""

MAGIC = b"k8s\0"
ATTRIBUTES = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """number -> its last value: bytes, or a number."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        elif key & 7 != 0:
            raise ValueError(f"wire type {key & 7} is in no access review")
        found[key >> 3] = value
    return found


def access_review(data):
    spec = fields(fields(data.removeprefix(MAGIC)).get(2, b"")).get(2, b"")
    asked = fields(fields(spec).get(1, b""))
    return {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {},
            "spec": {"resourceAttributes": {name: asked[number].decode() for number, name in ATTRIBUTES.items()
                                            if asked.get(number)}}}
