#include "key_files.hpp"

#include <sys/stat.h>

#include "files.hpp"
#include "output.hpp"

namespace lightkeeper::cli {
namespace {

Result<SecretBytes> read_secret_file(const std::string& path) {
  LK_TRY(contents, read_file(path, lists::kMaxKeyFile));
  struct stat status{};
  if (path != "-" && stat(path.c_str(), &status) == 0 && (status.st_mode & 0077U) != 0) {
    print_note(path + ": others on this machine can read this key; chmod 600 mends that");
  }
  return SecretBytes(std::move(contents));
}

}  // namespace

Result<crypto::SigningKeyPair> read_signing_key(const std::string& path) {
  LK_TRY(text, read_secret_file(path));
  return lists::signing_key_from_text(text.expose_secret());
}

Result<lists::NonceKey> read_nonce_key(const std::string& path) {
  LK_TRY(text, read_secret_file(path));
  return lists::nonce_key_from_text(text.expose_secret());
}

Result<crypto::VerifyingKey> read_verifying_key(const std::string& path) {
  LK_TRY(text, read_file(path, lists::kMaxKeyFile));
  return lists::verifying_key_from_text(text);
}

Result<OpenedList> open_list(BytesView file, const std::string& trust_path) {
  if (!trust_path.empty()) {
    LK_TRY(trusted, read_verifying_key(trust_path));
    LK_TRY(list, lists::HashList::open(file, trusted));
    return OpenedList{std::move(list), trusted};
  }
  LK_TRY(claimed, lists::claimed_signer(file));
  LK_TRY(list, lists::HashList::open(file, claimed));
  print_note("the list is signed by " + to_base64url(claimed.bytes) +
             ", a key that only the list itself vouches for; --trust pins the publisher's key");
  return OpenedList{std::move(list), claimed};
}

}  // namespace lightkeeper::cli
