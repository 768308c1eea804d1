#include "fault.h"

const char *fault_text(fault_t fault)
{
    static const char *const texts[FAULTS] = {
        [FAULT_NONE] = "no fault",
        [FAULT_RLP_SHORT] = "RLP: an item goes on behind the end of what holds it",
        [FAULT_RLP_TRAILING] = "RLP: bytes stand behind the item",
        [FAULT_RLP_SINGLE_BYTE] = "RLP: a byte below 0x80 must stand for itself",
        [FAULT_RLP_LENGTH_ZEROS] = "RLP: a length begins with 0",
        [FAULT_RLP_LONG_FORM] = "RLP: a length below 56 must stand in the first byte",
        [FAULT_RLP_DEPTH] = "RLP: lists are nested too deep",
        [FAULT_RLP_STRING_WANTED] = "RLP: a list stands where a string must",
        [FAULT_RLP_LIST_WANTED] = "RLP: a string stands where a list must",
        [FAULT_RLP_ITEMS] = "RLP: a list has too few or too many items",
        [FAULT_RLP_SIZE] = "RLP: a string has another length than it must have",
        [FAULT_RLP_INTEGER_ZEROS] = "RLP: an integer begins with 0",
        [FAULT_RLP_INTEGER_SIZE] = "RLP: an integer has too many bytes",
        [FAULT_NODE_HASH] = "its hash is not the one that leads to it",
        [FAULT_NODE_ITEMS] = "it must have 2 or 17 items",
        [FAULT_NODE_FLAGS] = "the flags of its path must be from 0 to 3",
        [FAULT_NODE_PADDING] = "the padding of its path must be 0",
        [FAULT_NODE_PATH] = "its path is missing",
        [FAULT_NODE_CHILD] = "a child must be a hash or a node below 32 bytes",
        [FAULT_NODE_SMALL] = "it has fewer than 32 bytes, so it must stand in the node above",
        [FAULT_NODE_SPARSE] = "a branch must have two children or more",
        [FAULT_NODE_EXTENSION] = "the child of an extension must be a branch",
        [FAULT_NODE_VALUE] = "a leaf must hold something",
        [FAULT_PROOF_SHORT] = "it is missing",
        [FAULT_PROOF_LONG] = "the path does not lead to it",
        [FAULT_HEADER_HASH] = "its hash is not the trusted one",
        [FAULT_ACCOUNT_ABSENT] = "there is no such account, but something is claimed of it",
        [FAULT_NONCE] = "the nonce is not the claimed one",
        [FAULT_BALANCE] = "the balance is not the claimed one",
        [FAULT_STORAGE_HASH] = "the storage hash is not the claimed one",
        [FAULT_CODE_HASH] = "the code hash is not the claimed one",
        [FAULT_ZERO] = "a slot of value 0 must not be in the trie",
        [FAULT_SLOT] = "the value is not the claimed one",
        [FAULT_HASHING] = "it could not be hashed",
    };
    return (unsigned)fault < FAULTS ? texts[fault] : "unknown fault";
}
