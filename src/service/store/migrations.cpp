#include "service/store/migrations.hpp"

#include <array>

#include "service/store/steps/0001_first_light.hpp"
#include "service/store/steps/0002_staff.hpp"
#include "service/store/steps/0003_audit_log.hpp"
#include "service/store/steps/0004_cases.hpp"
#include "service/store/steps/0005_review.hpp"
#include "service/store/steps/0006_preservation.hpp"
#include "service/store/steps/0007_submission.hpp"
#include "service/store/steps/0008_devices.hpp"
#include "service/store/steps/0009_tips.hpp"

namespace lightkeeper::store {

namespace {

constexpr std::array kMigrations{
    Migration{1, kFirstLight}, Migration{2, kStaff},   Migration{3, kAuditLog},
    Migration{4, kCases},      Migration{5, kReview},  Migration{6, kPreservation},
    Migration{7, kSubmission}, Migration{8, kDevices}, Migration{9, kTips},
};

}  // namespace

std::span<const Migration> service_migrations() { return kMigrations; }

}  // namespace lightkeeper::store
