// Keys and signed lists from files, as several commands need them.
#pragma once

#include <string>

#include "core/lists/hash_list.hpp"
#include "core/lists/key_file.hpp"

namespace lightkeeper::cli {

/// A secret key file that others can read is used, with a message on stderr.
[[nodiscard]] Result<crypto::SigningKeyPair> read_signing_key(const std::string& path);
[[nodiscard]] Result<lists::NonceKey> read_nonce_key(const std::string& path);
[[nodiscard]] Result<crypto::VerifyingKey> read_verifying_key(const std::string& path);

struct OpenedList {
  lists::HashList list;
  crypto::VerifyingKey signer;
};
/// Opens a signed list with the key in `trust_path`. Without one ("") the key that the file itself
/// names is taken, and a message on stderr says that this shows nothing about where the list comes
/// from.
[[nodiscard]] Result<OpenedList> open_list(BytesView file, const std::string& trust_path);

}  // namespace lightkeeper::cli
