/* Why a proof proves nothing. */
#ifndef FAULT_H
#define FAULT_H

typedef enum {
    FAULT_NONE = 0,

    /* RLP (Ethereum yellow paper, appendix B): there is one encoding of each item, and no other. */
    FAULT_RLP_SHORT,         /* an item goes on behind the end of what holds it */
    FAULT_RLP_TRAILING,      /* bytes stand behind the item */
    FAULT_RLP_SINGLE_BYTE,   /* a byte below 0x80 stands behind a length */
    FAULT_RLP_LENGTH_ZEROS,  /* a length of several bytes begins with 0 */
    FAULT_RLP_LONG_FORM,     /* a length below 56 has bytes of its own */
    FAULT_RLP_DEPTH,         /* lists are nested deeper than RLP_DEPTH */
    FAULT_RLP_STRING_WANTED, /* a list stands where a string must */
    FAULT_RLP_LIST_WANTED,   /* a string stands where a list must */
    FAULT_RLP_ITEMS,         /* a list has too few or too many items */
    FAULT_RLP_SIZE,          /* a string has another length than it must have */
    FAULT_RLP_INTEGER_ZEROS, /* an integer begins with 0 */
    FAULT_RLP_INTEGER_SIZE,  /* an integer has more bytes than it may */

    /* Merkle-Patricia trie (yellow paper, appendices C and D). */
    FAULT_NODE_HASH,      /* the hash is not that in the node above, or in what holds the root */
    FAULT_NODE_ITEMS,     /* neither 2 nor 17 items */
    FAULT_NODE_FLAGS,     /* the path has other flags than those of leaf, extension and parity */
    FAULT_NODE_PADDING,   /* a path of even length has a padding nibble that is not 0 */
    FAULT_NODE_PATH,      /* a path is missing: that of an extension has 1 nibble or more */
    FAULT_NODE_CHILD,     /* a child is neither a hash nor a node below 32 bytes */
    FAULT_NODE_SMALL,     /* a node below 32 bytes stands by its hash, not in the one above */
    FAULT_NODE_SPARSE,    /* a branch has fewer than two children, its value counted */
    FAULT_NODE_EXTENSION, /* the child of an extension is no branch */
    FAULT_NODE_VALUE,     /* a leaf holds nothing */
    FAULT_PROOF_SHORT,    /* the next node is missing */
    FAULT_PROOF_LONG,     /* the node is none that the path leads to */

    /* What is proved is not what was claimed. */
    FAULT_HEADER_HASH,
    FAULT_ACCOUNT_ABSENT, /* there is no account, but something is claimed of it */
    FAULT_NONCE,
    FAULT_BALANCE,
    FAULT_STORAGE_HASH,
    FAULT_CODE_HASH,
    FAULT_ZERO, /* a slot that holds 0 is in the trie */
    FAULT_SLOT,

    FAULT_HASHING, /* the coprocessor or its driver has reported an error */
    FAULTS,
} fault_t;

/* A few words for `fault`; never NULL. */
const char *fault_text(fault_t fault);

#endif
