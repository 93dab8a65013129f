// A keeper's folder: its secrets, its public card, and what it must find again after a restart.
//   box-key, link-key, contribution   secret, 0600, made by `keeper init`
//   card.json      public: goes to the other two keepers and to the publisher of the manifest
//   epoch-secret   secret, 0600: the three keepers' joint secret of one list
//   manifest       public: the newest signed manifest
// Every file is written beside its place and moved there in one step.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/match/manifest.hpp"
#include "keeper/frame.hpp"

namespace lightkeeper::keeper {

/// What a keeper publishes of itself: its card in the manifest and a commitment to its part of the
/// epoch secret.
struct PublicCard {
  std::uint8_t index = 0;
  match::KeeperCard card;
  crypto::Digest commitment{};
  bool operator==(const PublicCard&) const = default;
};
[[nodiscard]] std::string to_json_text(const PublicCard& card);
/// `bad_json` unless it has exactly the members that to_json_text() writes; `bad_argument` for bad
/// addresses.
[[nodiscard]] Result<PublicCard> card_from_json_text(std::string_view text);

/// SHA-256("lightkeeper contribution v1" || u8 index || contribution).
[[nodiscard]] crypto::Digest commitment_of(std::uint8_t index, BytesView contribution);
/// HKDF-SHA256(c0 || c1 || c2, salt = list root, info "lightkeeper epoch secret v1"). Each
/// contribution was committed to in a card before any was shown, so no keeper chooses the outcome,
/// and none deals it out.
[[nodiscard]] SecretBytes joint_epoch_secret(
    const std::array<SecretBytes, match::kKeepers>& contributions, const crypto::Digest& list_root);

struct KeeperSecrets {
  crypto::BoxKeyPair box;
  crypto::SigningKeyPair link;
  SecretBytes contribution;
};

class KeeperFolder {
 public:
  /// Makes the folder (0700) with new secrets and the card. `already_exists` if it holds a card.
  [[nodiscard]] static Result<PublicCard> create(const std::filesystem::path& folder,
                                                 std::uint8_t index, const std::string& url,
                                                 const std::string& link, Rng& rng);
  /// `not_found` without a card; `bad_key` if a secret does not fit the card or others may read it.
  [[nodiscard]] static Result<KeeperFolder> open(const std::filesystem::path& folder);

  [[nodiscard]] const PublicCard& card() const { return card_; }
  [[nodiscard]] const KeeperSecrets& secrets() const { return secrets_; }

  /// The joint secret of exactly this list, if it was agreed before.
  [[nodiscard]] std::optional<SecretBytes> epoch_secret(const crypto::Digest& list_root) const;
  [[nodiscard]] Status store_epoch_secret(const crypto::Digest& list_root,
                                          const SecretBytes& secret) const;
  /// The stored signed manifest; empty if there is none.
  [[nodiscard]] Result<Bytes> manifest() const;
  [[nodiscard]] Status store_manifest(BytesView signed_manifest) const;

 private:
  KeeperFolder(std::filesystem::path folder, PublicCard card, KeeperSecrets secrets);
  std::filesystem::path folder_;
  PublicCard card_;
  KeeperSecrets secrets_;
};

}  // namespace lightkeeper::keeper
