#include "keeper/process/keeper_folder.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "files/files.hpp"

namespace lightkeeper::keeper {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBoxKind = "lightkeeper-keeper-box-key-v1";
constexpr std::string_view kLinkKind = "lightkeeper-keeper-link-key-v1";
constexpr std::string_view kContributionKind = "lightkeeper-keeper-contribution-v1";
constexpr std::string_view kEpochKind = "lightkeeper-keeper-epoch-secret-v1";
constexpr std::size_t kSmallFile = 16 * 1024;

Status write_secret(const fs::path& path, std::string_view kind, BytesView secret) {
  std::string line = std::string(kind) + ' ' + to_base64url(secret) + '\n';
  const Status status =
      files::write_whole(path, as_bytes(line), files::Readers::owner, files::Present::replace);
  wipe({reinterpret_cast<Byte*>(line.data()), line.size()});
  return status;
}

Status write_public(const fs::path& path, BytesView contents) {
  return files::write_whole(path, contents, files::Readers::everybody, files::Present::replace);
}

/// The bytes of a one-line secret file of this kind.
Result<SecretBytes> read_secret(const fs::path& path, std::string_view kind, std::size_t size) {
  struct stat state{};
  if (::stat(path.c_str(), &state) != 0) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io_failed,
                "keeper.folder.secret", std::strerror(errno));
  }
  if ((state.st_mode & 0077U) != 0) {
    return fail(ErrorCode::bad_key, "keeper.folder.secret",
                "others may read this file; it must have mode 0600");
  }
  LK_TRY(contents, files::read_whole(path, kSmallFile));
  const SecretBytes text(std::move(contents));
  std::string_view line = as_text(text.expose_secret());
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  if (!line.starts_with(kind) || line.size() <= kind.size() || line[kind.size()] != ' ') {
    return fail(ErrorCode::bad_key, "keeper.folder.secret", "another kind of file");
  }
  LK_TRY(bytes, from_base64url(line.substr(kind.size() + 1)));
  SecretBytes secret(std::move(bytes));
  if (secret.size() != size) {
    return fail(ErrorCode::bad_key, "keeper.folder.secret", "another size");
  }
  return secret;
}

template <std::size_t N>
Result<ByteArray<N>> array_member(const nlohmann::json& json, const char* name) {
  LK_TRY(bytes, from_base64url(json.at(name).get<std::string>()));
  return to_array<N>(bytes);
}

}  // namespace

std::string to_json_text(const PublicCard& card) {
  const nlohmann::ordered_json json{{"version", 1},
                                    {"index", card.index},
                                    {"url", card.card.url},
                                    {"link", card.card.link},
                                    {"box_key_b64", to_base64url(card.card.box.bytes)},
                                    {"link_key_b64", to_base64url(card.card.link_key.bytes)},
                                    {"commitment_b64", to_base64url(card.commitment)}};
  return json.dump(2) + '\n';
}

Result<PublicCard> card_from_json_text(std::string_view text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (!json.is_object() || json.size() != 7 || json.at("version") != 1) {
      return fail(ErrorCode::bad_json, "keeper.card");
    }
    PublicCard card;
    const auto index = json.at("index").get<std::int64_t>();
    if (index < 0 || index >= static_cast<std::int64_t>(match::kKeepers)) {
      return fail(ErrorCode::bad_argument, "keeper.card", "the index is 0, 1 or 2");
    }
    card.index = static_cast<std::uint8_t>(index);
    card.card.url = json.at("url").get<std::string>();
    card.card.link = json.at("link").get<std::string>();
    LK_TRY(box, array_member<32>(json, "box_key_b64"));
    LK_TRY(link, array_member<32>(json, "link_key_b64"));
    LK_TRY(commitment, array_member<32>(json, "commitment_b64"));
    card.card.box.bytes = box;
    card.card.link_key.bytes = link;
    card.commitment = commitment;
    LK_CHECK_OK(match::check(card.card));
    return card;
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::bad_json, "keeper.card");
  }
}

crypto::Digest commitment_of(std::uint8_t index, BytesView contribution) {
  return crypto::sha256(
      concat({as_bytes("lightkeeper contribution v1"), ByteArray<1>{index}, contribution}));
}

SecretBytes joint_epoch_secret(const std::array<SecretBytes, match::kKeepers>& contributions,
                               const crypto::Digest& list_root) {
  SecretBytes all(concat({contributions[0].expose_secret(), contributions[1].expose_secret(),
                          contributions[2].expose_secret()}));
  return crypto::hkdf_sha256(all.expose_secret(), list_root,
                             as_bytes("lightkeeper epoch secret v1"), 32);
}

KeeperFolder::KeeperFolder(fs::path folder, PublicCard card, KeeperSecrets secrets)
    : folder_(std::move(folder)), card_(std::move(card)), secrets_(std::move(secrets)) {}

Result<PublicCard> KeeperFolder::create(const fs::path& folder, std::uint8_t index,
                                        const std::string& url, const std::string& link, Rng& rng) {
  if (index >= match::kKeepers) {
    return fail(ErrorCode::bad_argument, "keeper.init", "the index is 0, 1 or 2");
  }
  SecretBytes box_secret(32);
  SecretBytes link_seed(32);
  SecretBytes contribution(kContributionSize);
  for (SecretBytes* secret : {&box_secret, &link_seed, &contribution}) {
    rng.fill(secret->expose_secret_for_writing());
  }
  LK_TRY(box, crypto::box_key_from_secret(box_secret.expose_secret()));
  LK_TRY(signer, crypto::signing_key_from_seed(link_seed.expose_secret()));
  PublicCard card{index,
                  {url, link, box.public_key, signer.public_key},
                  commitment_of(index, contribution.expose_secret())};
  LK_CHECK_OK(match::check(card.card));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return fail(ErrorCode::io_failed, "keeper.init", error.message());
  }
  fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    return fail(ErrorCode::io_failed, "keeper.init", error.message());
  }
  if (fs::exists(folder / "card.json", error)) {
    return fail(ErrorCode::already_exists, "keeper.init", "the folder holds a keeper already");
  }
  LK_CHECK_OK(write_secret(folder / "box-key", kBoxKind, box_secret.expose_secret()));
  LK_CHECK_OK(write_secret(folder / "link-key", kLinkKind, link_seed.expose_secret()));
  LK_CHECK_OK(
      write_secret(folder / "contribution", kContributionKind, contribution.expose_secret()));
  LK_CHECK_OK(write_public(folder / "card.json", as_bytes(to_json_text(card))));
  return card;
}

Result<KeeperFolder> KeeperFolder::open(const fs::path& folder) {
  LK_TRY(text, files::read_whole(folder / "card.json", kSmallFile));
  LK_TRY(card, card_from_json_text(as_text(text)));
  LK_TRY(box_secret, read_secret(folder / "box-key", kBoxKind, 32));
  LK_TRY(link_seed, read_secret(folder / "link-key", kLinkKind, 32));
  LK_TRY(contribution, read_secret(folder / "contribution", kContributionKind, kContributionSize));
  LK_TRY(box, crypto::box_key_from_secret(box_secret.expose_secret()));
  LK_TRY(signer, crypto::signing_key_from_seed(link_seed.expose_secret()));
  if (box.public_key != card.card.box || signer.public_key != card.card.link_key ||
      commitment_of(card.index, contribution.expose_secret()) != card.commitment) {
    return fail(ErrorCode::bad_key, "keeper.folder",
                "the secrets and card.json do not belong together");
  }
  return KeeperFolder(folder, std::move(card),
                      KeeperSecrets{std::move(box), std::move(signer), std::move(contribution)});
}

std::optional<SecretBytes> KeeperFolder::epoch_secret(const crypto::Digest& list_root) const {
  const auto stored = read_secret(folder_ / "epoch-secret", kEpochKind, 64);
  if (!stored || !equal_constant_time(stored->expose_secret().first(32), list_root)) {
    return std::nullopt;
  }
  return SecretBytes::copy_of(stored->expose_secret().subspan(32));
}

Status KeeperFolder::store_epoch_secret(const crypto::Digest& list_root,
                                        const SecretBytes& secret) const {
  const SecretBytes both(concat({list_root, secret.expose_secret()}));
  return write_secret(folder_ / "epoch-secret", kEpochKind, both.expose_secret());
}

Result<Bytes> KeeperFolder::manifest() const {
  auto contents = files::read_whole(folder_ / "manifest", kSmallFile);
  if (!contents && contents.error().code == ErrorCode::not_found) {
    return Bytes{};
  }
  return contents;
}

Status KeeperFolder::store_manifest(BytesView signed_manifest) const {
  return write_public(folder_ / "manifest", signed_manifest);
}

}  // namespace lightkeeper::keeper
