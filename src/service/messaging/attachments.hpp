// Ciphertext of pictures: one file each, named by a random id, with a row that says whose
// conversation it is.
//
// Who learns what: the service sees size, time, uploader and conversation; the key is inside the
// encryption.
#pragma once

#include <filesystem>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "core/franking/frank.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::messaging {

/// The largest ciphertext: kMaxAttachment in chunks, each with its tag.
constexpr std::size_t kMaxAttachmentCiphertext =
    franking::kMaxAttachment +
    franking::kMaxAttachment / franking::kAttachmentChunk * crypto::kAeadTagSize;
/// What one account may have stored at a time.
constexpr std::uint64_t kAttachmentQuota = 1024ULL * 1024 * 1024;

/// Thread-safe.
class Attachments {
 public:
  Attachments(store::Database& database, Clock& clock, Rng& rng, std::filesystem::path folder)
      : database_(database), clock_(clock), rng_(rng), folder_(std::move(folder)) {}

  /// On disk before it returns. `not_found` unless the owner is in the conversation, `too_large`,
  /// or `too_many_requests` when the owner's share of the disk is used up.
  [[nodiscard]] Result<AttachmentId> put(const AccountId& owner, const ConversationId& conversation,
                                         BytesView ciphertext);
  /// `not_found` unless the reader is in its conversation.
  [[nodiscard]] Result<Bytes> get(const AccountId& reader, const AttachmentId& id);
  /// The same for what `reporter` reports: whoever left or was removed may still report what they
  /// got before. Not for downloads.
  [[nodiscard]] Result<Bytes> get_for_report(const AccountId& reporter, const AttachmentId& id);

  /// Removes what was stored before `cutoff`, and files that an interrupted upload left behind.
  [[nodiscard]] Status forget_before(UnixMillis cutoff);
  /// One line for each row without its file or with a file of another size.
  [[nodiscard]] Result<std::vector<std::string>> faults();

 private:
  [[nodiscard]] std::filesystem::path file_of(const AttachmentId& id) const;

  store::Database& database_;
  Clock& clock_;
  Rng& rng_;
  std::filesystem::path folder_;
};

}  // namespace lightkeeper::messaging
