#include "core/match/manifest.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::match {
namespace {

constexpr Byte kVersion = 1;
constexpr std::string_view kMagic = "LKMANI1\n";
constexpr std::string_view kHashDomain = "lightkeeper manifest v1";
constexpr std::size_t kSignatureBlock = 32 + 64;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// host:port, the port required or not. A host is a name, an IPv4 address or an IPv6 address in
/// brackets.
bool is_authority(std::string_view text, bool port_required) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) {
      return false;
    }
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    has_port = rest.starts_with(':');
    if (!has_port && !rest.empty()) {
      return false;
    }
    port = has_port ? rest.substr(1) : rest;
    const auto in_address = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
             c == ':' || c == '.';
    };
    if (host.find(':') == std::string_view::npos || !std::ranges::all_of(host, in_address)) {
      return false;
    }
  } else {
    const auto colon = text.find(':');
    has_port = colon != std::string_view::npos;
    host = text.substr(0, colon);
    port = has_port ? text.substr(colon + 1) : std::string_view();
    const auto in_name = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; };
    if (host.empty() || host.starts_with('.') || host.starts_with('-') ||
        !std::ranges::all_of(host, in_name)) {
      return false;
    }
  }
  if (!has_port) {
    return !port_required;
  }
  unsigned value = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') {
      return false;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 65535) {
      return false;
    }
  }
  return value > 0 && port.front() != '0';
}

bool is_keeper_url(std::string_view url) {
  if (url.size() > kMaxUrlSize) {
    return false;
  }
  std::string_view rest;
  if (url.starts_with("https://")) {
    rest = url.substr(8);
  } else if (url.starts_with("http://")) {
    rest = url.substr(7);
  } else {
    return false;
  }
  const auto slash = rest.find('/');
  const auto path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  const auto in_path = [](char c) {
    return is_letter_or_digit(c) || c == '/' || c == '-' || c == '.' || c == '_' || c == '~';
  };
  return is_authority(rest.substr(0, slash), false) && std::ranges::all_of(path, in_path) &&
         !path.ends_with('/');
}

bool is_variant(Byte value) {
  return value == static_cast<Byte>(media::PdqVariant::full) ||
         value == static_cast<Byte>(media::PdqVariant::via512);
}

}  // namespace

Status check(const KeeperCard& card) {
  if (!is_keeper_url(card.url)) {
    return fail(ErrorCode::bad_argument, "manifest", "keeper URL");
  }
  if (card.link.size() > kMaxUrlSize || !is_authority(card.link, true)) {
    return fail(ErrorCode::bad_argument, "manifest", "keeper link address");
  }
  return {};
}

Status check(const Manifest& manifest) {
  const auto refuse = [](std::string what) {
    return fail(ErrorCode::bad_argument, "manifest", std::move(what));
  };
  if (manifest.entries > 0xffffffffU) {
    return refuse("number of entries");
  }
  if (!is_variant(static_cast<Byte>(manifest.variant))) {
    return refuse("PDQ variant");
  }
  if (manifest.hypotheses != media::kHypotheses) {
    return refuse("hypotheses must be 8");
  }
  if (manifest.threshold != kThreshold) {
    return refuse("threshold must be 31");
  }
  if (manifest.colours < kLeastColours || manifest.colours > kMostColours) {
    return refuse("number of colours");
  }
  for (const KeeperCard& keeper : manifest.keepers) {
    LK_CHECK_OK(check(keeper));
  }
  for (std::size_t i = 0; i < kKeepers; ++i) {
    const KeeperCard& a = manifest.keepers[i];
    const KeeperCard& b = manifest.keepers[(i + 1) % kKeepers];
    if (a.url == b.url || a.box == b.box) {
      return refuse("one keeper in two places would hold a whole sharing");
    }
  }
  for (const Disclosure disclosure : manifest.disclosure) {
    if (static_cast<Byte>(disclosure) > static_cast<Byte>(Disclosure::disclose)) {
      return refuse("disclosure");
    }
  }
  // House invariant: survivor-asserted hashes may prevent a send and never cause a report.
  if (manifest.disclosure[1] != Disclosure::prevent) {
    return refuse("survivor-asserted entries may only prevent");
  }
  if (manifest.list_name.empty() || manifest.list_name.size() > kMaxListNameSize ||
      !is_utf8(as_bytes(manifest.list_name))) {
    return refuse("list name");
  }
  return {};
}

Bytes encode(const Manifest& manifest) {
  Writer writer;
  writer.u8(kVersion).u32(manifest.version.value).u64(manifest.entries).fixed(manifest.list_root);
  writer.u8(static_cast<Byte>(manifest.variant))
      .u8(manifest.hypotheses)
      .u16(manifest.threshold)
      .u16(manifest.colours);
  for (const KeeperCard& keeper : manifest.keepers) {
    writer.text(keeper.url).text(keeper.link).fixed(keeper.box.bytes).fixed(keeper.link_key.bytes);
  }
  writer.fixed(manifest.tile_root);
  for (const Disclosure disclosure : manifest.disclosure) {
    writer.u8(static_cast<Byte>(disclosure));
  }
  writer.fixed(manifest.previous).u64(manifest.not_after.value).text(manifest.list_name);
  return writer.take();
}

Result<Manifest> decode_manifest(BytesView encoded) {
  if (encoded.size() > kMaxManifestSize) {
    return fail(ErrorCode::too_large, "manifest");
  }
  Reader reader(encoded);
  LK_TRY(version, reader.u8());
  if (version != kVersion) {
    return fail(ErrorCode::unsupported_version, "manifest");
  }
  Manifest manifest;
  LK_TRY(number, reader.u32());
  LK_TRY(entries, reader.u64());
  LK_TRY(list_root, reader.array<32>());
  LK_TRY(variant, reader.u8());
  LK_TRY(hypotheses, reader.u8());
  LK_TRY(threshold, reader.u16());
  LK_TRY(colours, reader.u16());
  if (!is_variant(variant)) {
    return fail(ErrorCode::bad_format, "manifest", "PDQ variant");
  }
  manifest.version = Epoch{number};
  manifest.entries = entries;
  manifest.list_root = list_root;
  manifest.variant = static_cast<media::PdqVariant>(variant);
  manifest.hypotheses = hypotheses;
  manifest.threshold = threshold;
  manifest.colours = colours;
  for (KeeperCard& keeper : manifest.keepers) {
    LK_TRY(url, reader.text(kMaxUrlSize));
    LK_TRY(link, reader.text(kMaxUrlSize));
    LK_TRY(box, reader.array<32>());
    LK_TRY(link_key, reader.array<32>());
    keeper = {std::move(url), std::move(link), crypto::BoxPublicKey{box},
              crypto::VerifyingKey{link_key}};
  }
  LK_TRY(tile_root, reader.array<32>());
  manifest.tile_root = tile_root;
  for (Disclosure& disclosure : manifest.disclosure) {
    LK_TRY(value, reader.u8());
    if (value > static_cast<Byte>(Disclosure::disclose)) {
      return fail(ErrorCode::bad_format, "manifest", "disclosure");
    }
    disclosure = static_cast<Disclosure>(value);
  }
  LK_TRY(previous, reader.array<32>());
  LK_TRY(not_after, reader.u64());
  LK_TRY(list_name, reader.text(kMaxListNameSize));
  LK_CHECK_OK(reader.finish());
  manifest.previous = previous;
  manifest.not_after = UnixMillis{not_after};
  manifest.list_name = std::move(list_name);
  LK_CHECK_OK(check(manifest));
  return manifest;
}

ManifestHash hash_of(BytesView encoded) {
  return crypto::sha256(concat({as_bytes(kHashDomain), encoded}));
}

Bytes sign_manifest(const Manifest& manifest, const crypto::SigningKey& key,
                    const crypto::VerifyingKey& public_key) {
  Bytes file =
      Writer().fixed(as_bytes(kMagic)).bytes(encode(manifest)).fixed(public_key.bytes).take();
  const crypto::Signature signature = crypto::sign(key, file);
  file.insert(file.end(), signature.begin(), signature.end());
  return file;
}

Result<Manifest> open_manifest(BytesView signed_manifest, const crypto::VerifyingKey& trusted,
                               UnixMillis now) {
  if (signed_manifest.size() > kMagic.size() + 4 + kMaxManifestSize + kSignatureBlock) {
    return fail(ErrorCode::too_large, "manifest.file");
  }
  Reader reader(signed_manifest);
  LK_TRY(magic, reader.fixed(kMagic.size()));
  if (as_text(magic) != kMagic) {
    return fail(ErrorCode::bad_format, "manifest.file", "not a signed manifest");
  }
  LK_TRY(body, reader.bytes(kMaxManifestSize));
  LK_TRY(signer, reader.array<32>());
  const BytesView covered = signed_manifest.first(signed_manifest.size() - reader.remaining());
  LK_TRY(signature, reader.array<64>());
  LK_CHECK_OK(reader.finish());
  if (signer != trusted.bytes) {
    return fail(ErrorCode::bad_key, "manifest.signature",
                "signed by another key than the trusted one");
  }
  LK_CHECK_OK(crypto::verify(trusted, covered, signature));
  LK_TRY(manifest, decode_manifest(body));
  if (now > manifest.not_after) {
    return fail(ErrorCode::manifest_stale, "manifest.not_after");
  }
  return manifest;
}

Status check_succession(const Manifest& held, const Manifest& next) {
  if (next.version < held.version) {
    return fail(ErrorCode::manifest_stale, "manifest.succession", "a lower version");
  }
  if (next.list_name != held.list_name) {
    return fail(ErrorCode::manifest_mismatch, "manifest.succession", "another list");
  }
  if (next.version == held.version) {
    if (next != held) {
      return fail(ErrorCode::manifest_mismatch, "manifest.succession",
                  "two manifests of one version");
    }
    return {};
  }
  if (next.version.value - held.version.value == 1 && next.previous != hash_of(encode(held))) {
    return fail(ErrorCode::manifest_mismatch, "manifest.succession",
                "does not continue the one held");
  }
  return {};
}

}  // namespace lightkeeper::match
